/** The last layer: log-probabilities of target tokens, and their mean as a loss. */
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"

/** log Σ exp over the last axis, (N, V) → (N, 1); also softmax, which kernels make in one go. */
const logSumExp = (graph: Graph, logits: Node): { readonly lse: Node; readonly probabilities: Node } => {
  const probabilities = graph.softmax(logits)
  // The largest logit has probability e^(max − lse) ≥ 1/V: its logarithm loses nothing.
  const lse = graph.sub(graph.reduceMax(logits, [-1]), graph.log(graph.reduceMax(probabilities, [-1])))
  return { lse, probabilities }
}

/** Logit of each row's target, without picking it from all logits: x (N, D), table (V, D), targets (N) → (N, 1). */
const targetLogit = (graph: Graph, x: Node, targetRows: Node): Node => graph.reduceSum(graph.mul(x, targetRows), [-1])

const rowRuns = (rows: number, chunk: number): ReadonlyArray<readonly [from: number, to: number]> =>
  Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => [i * chunk, Math.min(rows, (i + 1) * chunk)])

/** log p(target) for each row: x (N, D), table (V, D), targets (N) → (N). */
export const logProbabilities = (graph: Graph, x: Node, table: Node, targets: Node, chunk: number): Node => {
  const [N] = x.shape as [number]
  const parts = rowRuns(N, chunk).map(([from, to]) => {
    const rows = graph.slice(x, 0, from, to)
    const { lse } = logSumExp(graph, graph.matmul(rows, table, { transposeB: true }))
    const own = targetLogit(graph, rows, graph.gather(table, graph.slice(targets, 0, from, to)))
    return graph.sub(own, lse)
  })
  return graph.reshape(graph.concat(parts, 0), [N])
}

/** Mean of −log p(target), differentiated through. */
export const primitiveCrossEntropy = (graph: Graph, x: Node, table: Node, targets: Node): Node => {
  const logits = graph.matmul(x, table, { transposeB: true }) // (N, V)
  const peak = graph.reduceMax(logits, [-1])
  const lse = graph.add(graph.log(graph.reduceSum(graph.exp(graph.sub(logits, peak)), [-1])), peak)
  return graph.reduceMean(graph.sub(lse, targetLogit(graph, x, graph.gather(table, targets))), [0, 1], { keep: false })
}

/**
 * The same mean with its own gradient: the logits' gradient, softmax − one-hot, is never formed. Its softmax part
 * multiplies directly, its one-hot part is a gather and a scatter of rows.
 */
export const crossEntropy = (graph: Graph, x: Node, table: Node, targets: Node, chunk: number): Node =>
  graph.custom([x, table], () => {
    const [N] = x.shape as [number]
    const parts = rowRuns(N, chunk).map(([from, to]) => {
      const rows = graph.slice(x, 0, from, to) // (C, D)
      const targetRows = graph.gather(table, graph.slice(targets, 0, from, to)) // (C, D)
      const { lse, probabilities } = logSumExp(graph, graph.matmul(rows, table, { transposeB: true })) // (C, V)
      return { rows, targetRows, probabilities, losses: graph.sub(lse, targetLogit(graph, rows, targetRows)) }
    })
    const output = graph.reduceMean(graph.concat(parts.map(({ losses }) => losses), 0), [0, 1], { keep: false })

    const pullback = (cotangent: Node) => {
      const alpha = 1 / N
      // dx = (P·table − table[target]) / N
      const dRows = parts.map(({ probabilities, targetRows }) =>
        graph.sub(graph.matmul(probabilities, table, { alpha }), graph.mul(targetRows, alpha))
      )
      // dtable = (Pᵀ·x − rows of x added at their targets) / N
      const dense = graph.addN(
        parts.map(({ probabilities, rows }) => graph.matmul(probabilities, rows, { transposeA: true, alpha }))
      )
      const dTable = graph.scatterAdd(targets, graph.mul(x, -alpha), table.shape, dense)
      return [graph.mul(graph.concat(dRows, 0), cotangent), graph.mul(dTable, cotangent)]
    }
    return { output, pullback }
  })
