import type { Feeds } from "../engine.ts"
import { fed } from "../feeds.ts"
import { live } from "../live.ts"
import type { Node } from "../node.ts"
import { kernels, type Value } from "./kernels.ts"

/**
 * Values of nodes, row-major, in the order asked for. Float64Array may be fed for float32 inputs.
 * `rounded` rounds every value to float32: how far that moves a result is how far rounding may move it in any engine.
 */
export const evaluate = (
  nodes: readonly Node[],
  feeds: Feeds,
  { rounded = false }: { readonly rounded?: boolean } = {}
): Float64Array[] => {
  const values = new Map<Node, Value>()
  for (const node of live(nodes)) {
    const inputs = node.inputs.map((input) => values.get(input)!)
    const kernel = kernels[node.op] as (node: Node, ...inputs: Value[]) => Float64Array
    const data = node.op === "input"
      ? Float64Array.from(fed(feeds, node, { float64: true }) as ArrayLike<number | bigint>, Number)
      : kernel(node, ...inputs)
    values.set(node, { data: rounded ? data.map(Math.fround) : data, shape: node.shape })
  }
  return nodes.map((node) => values.get(node)!.data)
}
