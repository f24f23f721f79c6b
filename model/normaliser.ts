/** Logarithms of the softmax's normaliser of many rows: log Σ exp(x·row of the table). */
import { engine } from "../tensor/engines.ts"
import { Graph } from "../tensor/graph.ts"
import type { Node } from "../tensor/node.ts"

/** Rows in one run, and rows of the table at once: their logits stay in cache. Chosen by measurement. */
const rowsAtOnce = 256
const tableRows = 2048

export interface Normaliser {
  /** Takes a row (D), and gives its place among the answers; the row is copied. */
  readonly add: (row: Float32Array) => number | Promise<number>
  /** The answers of all rows since the last time, in their order. */
  readonly finish: () => Promise<Float32Array>
  readonly dispose: () => Promise<void>
}

/** log Σ exp over the last axis: (C, V) → (C, 1). */
const logSumExp = (graph: Graph, logits: Node): Node =>
  // The largest logit has probability e^(max − lse) ≥ 1/V: its logarithm loses nothing.
  graph.sub(graph.reduceMax(logits, [-1]), graph.log(graph.reduceMax(graph.softmax(logits), [-1])))

const normaliserGraph = (V: number, D: number) => {
  const graph = new Graph()
  const rows = graph.input("rows", [rowsAtOnce, D])
  const tiles = Array.from({ length: Math.ceil(V / tableRows) }, (_, at) => {
    const height = Math.min(tableRows, V - at * tableRows)
    const tile = graph.input(`table.${at}`, [height, D])
    return logSumExp(graph, graph.matmul(rows, tile, { transposeB: true }))
  })
  const parts = graph.concat(tiles, 1)
  const peak = graph.reduceMax(parts, [-1])
  const rest = graph.log(graph.reduceSum(graph.exp(graph.sub(parts, peak)), [-1]))
  return { graph, outputs: { logs: graph.reshape(graph.add(peak, rest), [rowsAtOnce]) } }
}

/** For a table (V, D). */
export const normaliser = async (
  table: Float32Array,
  [V, D]: readonly [V: number, D: number],
  options: { readonly engine: string; readonly threads: number }
): Promise<Normaliser> => {
  const { graph, outputs } = normaliserGraph(V, D)
  const program = await (await engine(options.engine)).compile(graph, outputs, { threads: options.threads })
  const rows = new Float32Array(rowsAtOnce * D)
  const feeds: Record<string, Float32Array> = { rows }
  for (let at = 0; at * tableRows < V; at++) {
    feeds[`table.${at}`] = table.subarray(at * tableRows * D, (at + 1) * tableRows * D)
  }
  let answers: Array<Float32Array> = []
  let waiting = 0
  const run = async () => {
    const { logs } = await program.run(feeds)
    answers.push(logs!.slice(0, waiting))
    waiting = 0
  }
  const place = () => answers.length * rowsAtOnce + waiting
  return {
    add: (row) => {
      const at = place()
      rows.set(row, waiting * D)
      waiting += 1
      return waiting < rowsAtOnce ? at : run().then(() => at)
    },
    finish: async () => {
      if (waiting > 0) await run()
      const all = new Float32Array(answers.reduce((sum, { length }) => sum + length, 0))
      answers.forEach((part, at) => all.set(part, at * rowsAtOnce))
      answers = []
      return all
    },
    dispose: () => program.dispose()
  }
}
