/** The last layer and the loss: the mean of −log p(target). */
import { anew } from "../tensor/differentiate.ts"
import type { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"

/** How much is done at once. */
export interface Chunks {
  /** Tokens whose logits are made at once. */
  readonly tokens: number
  /** Rows of the table: products much wider than a few thousand are slower, because their rows lie far apart. */
  readonly vocabulary?: number
}

type Range = readonly [from: number, to: number]

const rowRuns = (rows: number, chunk: number): ReadonlyArray<Range> =>
  Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => [i * chunk, Math.min(rows, (i + 1) * chunk)])

/** The table's rows in about equal runs. */
const tableRuns = (V: number, most: number): ReadonlyArray<Range> => {
  const chunk = Math.ceil(V / Math.ceil(V / most))
  return rowRuns(V, Math.ceil(chunk / 16) * 16)
}

/** Some rows of the table. */
interface Block {
  readonly table: Node // (S, D)
}

const blocksOf = (graph: Graph, table: Node, { vocabulary = 4096 }: Chunks): ReadonlyArray<Block> =>
  tableRuns(table.shape[0]!, vocabulary).map(([from, to]) => ({ table: graph.slice(table, 0, from, to) }))

/** Softmax of some rows of x over one block of the table alone, and what makes it the block's part of the whole. */
interface Part extends Block {
  readonly probabilities: Node // (C, S)
  /** Share of each row's probability that falls to the block; absent where the block is the whole table. */
  readonly share?: Node // (C, 1)
}

/**
 * log Σ exp of x's logits, x (C, D) → (C, 1), and the softmax, block by block. Kernels make a softmax in one go; a block's
 * own is put in proportion by its share, on the narrow side of products, so that logits are gone over only once.
 */
const logSumExp = (
  graph: Graph,
  x: Node,
  blocks: ReadonlyArray<Block>
): { readonly lse: Node; readonly parts: ReadonlyArray<Part> } => {
  const found = blocks.map(({ table }) => {
    const logits = graph.matmul(x, table, { transposeB: true })
    const probabilities = graph.softmax(logits)
    // The largest logit has probability e^(max − lse) ≥ 1/S: its logarithm loses nothing.
    const lse = graph.sub(graph.reduceMax(logits, [-1]), graph.log(graph.reduceMax(probabilities, [-1])))
    return { lse, part: { table, probabilities } }
  })
  if (found.length === 1) return { lse: found[0]!.lse, parts: [found[0]!.part] }
  const each = graph.concat(found.map(({ lse }) => lse), 1)
  const peak = graph.reduceMax(each, [-1])
  const lse = graph.add(graph.log(graph.reduceSum(graph.exp(graph.sub(each, peak)), [-1])), peak)
  return { lse, parts: found.map(({ lse: own, part }) => ({ ...part, share: graph.exp(graph.sub(own, lse)) })) }
}

/** Logit of each row's target, without picking it from all logits: x (N, D), table (V, D), targets (N) → (N, 1). */
const targetLogit = (graph: Graph, x: Node, targetRows: Node): Node => graph.reduceSum(graph.mul(x, targetRows), [-1])

/** Mean of −log p(target), differentiated through. */
export const primitiveCrossEntropy = (graph: Graph, x: Node, table: Node, targets: Node): Node => {
  const logits = graph.matmul(x, table, { transposeB: true }) // (N, V)
  const peak = graph.reduceMax(logits, [-1])
  const lse = graph.add(graph.log(graph.reduceSum(graph.exp(graph.sub(logits, peak)), [-1])), peak)
  return graph.reduceMean(graph.sub(lse, targetLogit(graph, x, graph.gather(table, targets))), [0, 1], { keep: false })
}

/**
 * The same mean with its own gradient: the logits' gradient, softmax − one-hot, is never formed. Its softmax part
 * multiplies directly, its one-hot part is a gather and a scatter of rows. A run of tokens has its part of the gradient made before
 * the next run's logits, so that probabilities of one run are held at a time.
 */
export const crossEntropy = (graph: Graph, x: Node, table: Node, targets: Node, chunks: Chunks): Node =>
  graph.custom([x, table], () => {
    const [N] = x.shape as [number]
    const alpha = 1 / N
    const blocks = blocksOf(graph, table, chunks)
    const losses: Array<Node> = []
    const dRows: Array<Node> = []
    /** Of each block, Pᵀ·x / N of the runs so far. */
    let dense: ReadonlyArray<Node> = []
    for (const [from, to] of rowRuns(N, chunks.tokens)) {
      const rows = graph.slice(x, 0, from, to) // (C, D)
      const targetRows = graph.gather(table, graph.slice(targets, 0, from, to)) // (C, D)
      const { lse, parts } = logSumExp(graph, rows, blocks)
      losses.push(graph.sub(lse, targetLogit(graph, rows, targetRows)))
      // dx = (P·table − table[target]) / N
      const terms = parts.map(({ probabilities, share, table: block }) => {
        const term = graph.matmul(probabilities, block, { alpha })
        return share ? graph.mul(term, share) : term
      })
      dRows.push(graph.sub(graph.addN(terms), graph.mul(targetRows, alpha)))
      // After dx: then each block's probabilities are let go as soon as its part of the table's gradient is there.
      const afterwards = anew(graph, rows, dRows.at(-1)!)
      const before = dense
      dense = parts.map(({ probabilities, share }, block) => {
        const part = graph.matmul(probabilities, share ? graph.mul(afterwards, share) : afterwards, {
          transposeA: true,
          alpha
        })
        return before.length > 0 ? graph.add(before[block]!, part) : part
      })
    }
    const output = graph.reduceMean(graph.concat(losses, 0), [0, 1], { keep: false })

    const pullback = (cotangent: Node) => {
      const dx = graph.concat(dRows, 0)
      // dtable = (Pᵀ·x − rows of x added at their targets) / N
      const dTable = graph.scatterAdd(targets, graph.mul(x, -alpha), table.shape, graph.concat(dense, 0))
      return [graph.mul(dx, cotangent), graph.mul(dTable, cotangent)]
    }
    return { output, pullback }
  })
