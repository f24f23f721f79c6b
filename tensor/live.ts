import type { Node } from "./node.ts"

/** The nodes that some output needs, in an order in which they can run. */
export const live = (outputs: Iterable<Node>): Node[] => {
  const seen = new Set<Node>()
  const pending = [...outputs]
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    pending.push(...node.inputs)
  }
  return [...seen].sort((a, b) => a.id - b.id)
}
