/** Log-probabilities that a model gives to sequences of tokens. */
import type { ModelShape } from "../schemas/model.ts"
import type { Executable } from "../tensor/engine.ts"
import { engine } from "../tensor/engines.ts"
import { Graph } from "../tensor/graph.ts"
import { logProbabilities } from "./cross-entropy.ts"
import { decoder } from "./decoder.ts"
import { parameters, type Weights } from "./parameters.ts"

export interface ScorerOptions {
  /** Engine by name, e.g. onnx:cpu. */
  readonly engine: string
  readonly threads: number
  /** The output layer is the embedding; then the weights need no de_embedding_proj. */
  readonly tied?: boolean
}

export interface Scorer {
  /**
   * For each sequence of n tokens, the n − 1 natural-log probabilities log p(token i | tokens before i), i = 1 … n − 1.
   * Sequences are batched by length inside; the answers are in the order of the sequences.
   */
  readonly logProbabilities: (sequences: ReadonlyArray<Int32Array>) => Promise<ReadonlyArray<Float32Array>>
  readonly dispose: () => Promise<void>
}

/** Tokens scored in one run, and tokens whose logits are made at once. */
const tokensAtOnce = 1024
const tokenChunk = 256

/** Lengths to which sequences are padded: 8, 12, 16, 24, 32, 48, … so that a third is wasted at most. */
const paddedLength = (length: number): number => {
  let padded = 8
  while (padded < length) padded = (padded & (padded - 1)) === 0 ? padded * 3 / 2 : padded * 4 / 3
  return padded
}

const scoringGraph = (shape: ModelShape, rows: number, length: number, tied: boolean) => {
  const graph = new Graph()
  const tokens = graph.input("tokens", [rows, length], "int32")
  const targets = graph.input("targets", [rows, length], "int32")
  const inputs = new Map(
    scoredParameters(shape, tied).map(({ name, shape: dimensions }) => [name, graph.input(name, dimensions)])
  )
  const tensor = (name: string) => inputs.get(name)!
  const hidden = decoder(graph, shape, tokens, {
    tensor,
    linear: ({ name }, x) => graph.matmul(x, tensor(name), { transposeB: true })
  })
  const table = tensor(tied ? "embedding_proj" : "de_embedding_proj")
  const wanted = graph.reshape(targets, [rows * length])
  return { graph, outputs: { logProbabilities: logProbabilities(graph, hidden, table, wanted, tokenChunk) } }
}

const scoredParameters = (shape: ModelShape, tied: boolean) =>
  parameters(shape).filter(({ name }) => !(tied && name === "de_embedding_proj"))

/** Scores sequences by a model's weights. Attention is causal, so padding on the right changes no answer. */
export const scorer = (shape: ModelShape, weights: Weights, options: ScorerOptions): Scorer => {
  const { threads, tied = false } = options
  const compiled = new Map<number, Executable>()
  const feeds = Object.fromEntries(
    scoredParameters(shape, tied).map(({ name }) => {
      const values = weights.get(name)
      if (!values) throw new Error(`scorer: the weights lack ${name}`)
      return [name, values]
    })
  )
  const rowsFor = (padded: number) => Math.max(1, Math.floor(tokensAtOnce / padded))
  const program = async (padded: number): Promise<Executable> => {
    const known = compiled.get(padded)
    if (known) return known
    const { graph, outputs } = scoringGraph(shape, rowsFor(padded), padded, tied)
    const made = await (await engine(options.engine)).compile(graph, outputs, { threads })
    compiled.set(padded, made)
    return made
  }

  const check = (sequence: Int32Array, at: number): void => {
    const foreign = sequence.find((token) => token < 0 || token >= shape.vocabulary)
    if (foreign !== undefined) {
      throw new Error(`scorer: sequence ${at} holds token ${foreign}, outside the vocabulary of ${shape.vocabulary}`)
    }
  }

  return {
    logProbabilities: async (sequences) => {
      sequences.forEach(check)
      const byLength = new Map<number, Array<number>>()
      for (const [at, { length }] of sequences.entries()) {
        if (length < 2) continue
        const padded = paddedLength(length - 1)
        const others = byLength.get(padded)
        if (others) others.push(at)
        else byLength.set(padded, [at])
      }
      const answers = sequences.map(({ length }) => new Float32Array(Math.max(0, length - 1)))
      for (const [padded, members] of byLength) {
        const run = await program(padded)
        const rows = rowsFor(padded)
        for (let first = 0; first < members.length; first += rows) {
          const batch = members.slice(first, first + rows)
          const tokens = new Int32Array(rows * padded)
          const targets = new Int32Array(rows * padded)
          for (const [row, at] of batch.entries()) {
            const sequence = sequences[at]!
            tokens.set(sequence.subarray(0, -1), row * padded)
            targets.set(sequence.subarray(1), row * padded)
          }
          const { logProbabilities: found } = await run.run({ ...feeds, tokens, targets })
          for (const [row, at] of batch.entries()) {
            const answer = answers[at]!
            answer.set(found!.subarray(row * padded, row * padded + answer.length))
          }
        }
      }
      return answers
    },
    dispose: async () => {
      for (const run of compiled.values()) await run.dispose()
      compiled.clear()
    }
  }
}
