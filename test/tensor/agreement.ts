/** How far an engine's results may be from the reference's. */
import { expect } from "vitest"
import { gradients } from "../../tensor/differentiate.ts"
import type { Engine, Feeds, Results } from "../../tensor/engine.ts"
import type { Graph } from "../../tensor/graph.ts"
import { live } from "../../tensor/live.ts"
import type { Node } from "../../tensor/node.ts"
import { evaluate } from "../../tensor/reference/evaluate.ts"
import { size } from "../../tensor/shape.ts"
import { type Trial, weigh } from "./operations.ts"

/** Compiles, runs once and lets go. */
export const run = async (
  engine: Engine,
  graph: Graph,
  outputs: Record<string, Node>,
  feeds: Feeds,
  threads = 1
): Promise<Results> => {
  const program = await engine.compile(graph, outputs, { threads })
  try {
    return await program.run(feeds)
  } finally {
    await program.dispose()
  }
}

/** Feeds with float64 rounded to float32. */
export const single = (feeds: Feeds): Feeds =>
  Object.fromEntries(
    Object.entries(feeds).map(([name, data]) => [name, data instanceof Float64Array ? Float32Array.from(data) : data])
  )

/** The largest difference, relative to the largest value of the tensor. */
export const difference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [apart, largest] = [0, 1e-3]
  for (let position = 0; position < b.length; position++) {
    apart = Math.max(apart, Math.abs(a[position]! - b[position]!))
    largest = Math.max(largest, Math.abs(b[position]!))
  }
  return apart / largest
}

/** A result, a loss that weighs its elements, and the loss's gradients with respect to all that it depends on. */
export const withGradients = (trial: Trial, result: Node): Record<string, Node> => {
  const loss = weigh(trial, result)
  const reached = trial.wrt.filter((node) => live([loss]).includes(node))
  const found = gradients(trial.graph, loss, reached)
  return { result, loss, ...Object.fromEntries(found.map((node, which) => [`gradient ${which}`, node])) }
}

/** Holds results to 1e-4, except where rounding alone moves a result that is mostly cancelled: to a multiple of that. */
export const agree = async (engine: Engine, trial: Trial, outputs: Record<string, Node>): Promise<void> => {
  const feeds = single(trial.feeds)
  const nodes = Object.values(outputs)
  const found = await run(engine, trial.graph, outputs, feeds)
  const exact = evaluate(nodes, feeds)
  const rounded = evaluate(nodes, feeds, { rounded: true })
  Object.entries(outputs).forEach(([name, node], which) => {
    expect(found[name]!.length).toBe(size(node.shape))
    const tolerance = Math.max(1e-4, 20 * difference(rounded[which]!, exact[which]!))
    expect(difference(found[name]!, exact[which]!), name).toBeLessThan(tolerance)
  })
}
