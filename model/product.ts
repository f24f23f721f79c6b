/** Matrix products whose bits do not depend on how many threads compute them. */
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"

interface Options {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  readonly alpha?: number
}

/** Threads up to which the promise holds. */
const mostThreads = 16

/**
 * alpha · a b. onnxruntime's kernels (MLAS) share a product out by columns where it has more columns than rows, and sum
 * over blocks of the inner axis whose length depends on the columns a thread got: 128 terms for more than 64 columns,
 * longer below. So a wide product with a longer sum is computed as its transpose, which is shared out by rows. Very wide
 * ones need not be, nor do batches with a matrix for each thread.
 */
export const product = (graph: Graph, a: Node, b: Node, options: Options = {}): Node => {
  const { alpha = 1, transposeA = false, transposeB = false } = options
  const [rows, inner] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!]
  const columns = b.shape.at(transposeB ? -2 : -1)!
  const matrices = Math.max(...[a, b].map(({ shape }) => shape.slice(0, -2).reduce((total, size) => total * size, 1)))
  const split = columns > rows && columns < 128 * mostThreads && inner > 128 && matrices < mostThreads
  if (!split) return graph.matmul(a, b, options)
  const swapped = graph.matmul(b, a, { transposeA: !transposeB, transposeB: !transposeA, alpha }) // (ab)ᵀ = bᵀaᵀ
  const last = swapped.shape.length - 1
  return graph.transpose(swapped, swapped.shape.map((_, axis) => axis < last - 1 ? axis : 2 * last - 1 - axis))
}

/** A linear layer, alpha · x Wᵀ: x (N, in), W (out, in) → (N, out). */
export const linear = (graph: Graph, x: Node, weight: Node, alpha = 1): Node =>
  graph.custom([x, weight], () => ({
    output: product(graph, x, weight, { transposeB: true, alpha }),
    pullback: (cotangent) => [
      product(graph, cotangent, weight, { alpha }), // (N, in)
      product(graph, cotangent, x, { transposeA: true, alpha }) // (out, in)
    ]
  }))
