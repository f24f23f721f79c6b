import { expect, it } from "vitest"
import { crossEntropy, logProbabilities, primitiveCrossEntropy } from "../../model/cross-entropy.ts"
import { gradients } from "../../tensor/differentiate.ts"
import { Graph } from "../../tensor/graph.ts"
import { stream } from "../../tensor/random.ts"
import { engine } from "../../tensor/reference/engine.ts"

const [N, D, V] = [10, 4, 100]

/** A loss, its gradients and what feeds it; the third row's logits lie far apart, so that one block has nearly all of it. */
const run = async (chunks?: { readonly tokens: number; readonly vocabulary?: number }) => {
  const graph = new Graph()
  const [x, table] = [graph.input("x", [N, D]), graph.input("table", [V, D])]
  const targets = graph.input("targets", [N], "int32")
  const loss = chunks ? crossEntropy(graph, x, table, targets, chunks) : primitiveCrossEntropy(graph, x, table, targets)
  const [dx, dTable] = gradients(graph, loss, [x, table]) as [typeof x, typeof table]
  const outputs = { loss, dx, dTable, scores: logProbabilities(graph, x, table, targets, chunks ?? { tokens: N }) }
  const program = await engine.compile(graph, outputs, { threads: 1 })
  const numbers = stream(2, "cross-entropy")
  const rows = numbers.fillUniform(new Float32Array(N * D), -2, 2)
  for (let i = 0; i < D; i++) rows[2 * D + i]! *= 50
  return program.run({
    x: rows,
    table: numbers.fillUniform(new Float32Array(V * D), -1, 1),
    targets: Int32Array.from({ length: N }, () => numbers.below(V))
  })
}

it.each([{ tokens: N }, { tokens: 3 }, { tokens: 4, vocabulary: 30 }, { tokens: N, vocabulary: 16 }])(
  "in chunks of %o cross-entropy, its gradients and the log-probabilities are those of the whole",
  async (chunks) => {
    const whole = await run()
    const inChunks = await run(chunks)
    for (const [name, values] of Object.entries(whole)) {
      const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const apart = values.reduce((most, value, i) => Math.max(most, Math.abs(value - inChunks[name]![i]!)), 0)
      expect(apart / largest, name).toBeLessThan(1e-6)
    }
  }
)
