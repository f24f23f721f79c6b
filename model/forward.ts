/** A model's linear layers as they are run, without training: by weights, or by what a layer without a weight is made of. */
import type { ModelShape } from "../schemas/model.ts"
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"
import { type Linear, parameters, type Weights } from "./parameters.ts"

/** y = B·silu(A x): x (N, in), A (R, in), B (out, R) → (N, out). */
export const bottleneck = (graph: Graph, x: Node, a: Node, b: Node): Node =>
  graph.matmul(graph.silu(graph.matmul(x, a, { transposeB: true })), b, { transposeB: true })

/** Names of the two factors of a layer that is a `bottleneck`. */
export const factorsOf = (layer: string) => [`${layer}.A`, `${layer}.B`] as const

/** Tensors by which a model is run: every parameter, and in the place of a weight that `weights` lacks its two factors. */
export const tensorsOf = (
  shape: ModelShape,
  weights: Weights
): ReadonlyArray<{ readonly name: string; readonly shape: ReadonlyArray<number> }> =>
  parameters(shape).flatMap(({ kind, name, shape: of }) => {
    const [a, b] = factorsOf(name)
    const inner = weights.get(a)
    if (weights.has(name) || kind !== "linear" || !inner) return [{ name, shape: of }]
    const [out, into] = of as [number, number]
    const rank = inner.length / into
    return [{ name: a, shape: [rank, into] }, { name: b, shape: [out, rank] }]
  })

/** A linear layer of a model that is run, x (N, in) → (N, out). */
export const linearOf =
  (graph: Graph, weights: Weights, tensor: (name: string) => Node) => ({ name }: Linear, x: Node): Node => {
    if (weights.has(name)) return graph.matmul(x, tensor(name), { transposeB: true })
    const [a, b] = factorsOf(name)
    return bottleneck(graph, x, tensor(a), tensor(b))
  }
