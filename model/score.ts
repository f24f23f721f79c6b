/**
 * Log-probabilities that a model gives to sequences of tokens.
 *
 * The decoder runs on padded batches. Its last layer, which is most of the work where the vocabulary is large, sees only
 * rows that are wanted, and of sequences that begin alike only one: log p(target) is the target's logit, a product of two
 * vectors, less the logarithm of the row's normaliser, and that is the same after the same beginning.
 */
import type { ModelShape } from "../schemas/model.ts"
import type { Executable } from "../tensor/engine.ts"
import { engine } from "../tensor/engines.ts"
import { Graph } from "../tensor/graph.ts"
import { decoder } from "./decoder.ts"
import { linearOf, tensorsOf } from "./forward.ts"
import { type Normaliser, normaliser } from "./normaliser.ts"
import type { Weights } from "./parameters.ts"

export interface ScorerOptions {
  /** Engine by name: onnx, reference. */
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

/** Tokens that the decoder reads in one run. */
const tokensAtOnce = 1024

/** Lengths to which sequences are padded: an eighth to a quarter apart, so that little is wasted and programs are few. */
const paddedLength = (length: number): number => {
  let step = 2
  while (8 * step < length) step *= 2
  return Math.max(4, Math.ceil(length / step) * step)
}

/** tokens (rows, length) → the last block's normalised output (rows·length, D). */
const decoderGraph = (shape: ModelShape, weights: Weights, rows: number, length: number) => {
  const graph = new Graph()
  const tokens = graph.input("tokens", [rows, length], "int32")
  const inputs = new Map(
    decoderTensors(shape, weights).map(({ name, shape: dimensions }) => [name, graph.input(name, dimensions)])
  )
  const tensor = (name: string) => inputs.get(name)!
  const hidden = decoder(graph, shape, tokens, {
    tensor,
    linear: linearOf(graph, weights, tensor)
  })
  return { graph, outputs: { hidden } }
}

const decoderTensors = (shape: ModelShape, weights: Weights) =>
  tensorsOf(shape, weights).filter(({ name }) => name !== "de_embedding_proj")

const compareTokens = (a: Int32Array, b: Int32Array): number => {
  const shared = commonLength(a, b)
  return shared < a.length && shared < b.length ? a[shared]! - b[shared]! : a.length - b.length
}

/** Tokens that two sequences begin with. */
const commonLength = (a: Int32Array, b: Int32Array): number => {
  const end = Math.min(a.length, b.length)
  let at = 0
  while (at < end && a[at] === b[at]) at++
  return at
}

const dot = (a: Float32Array, from: number, b: Float32Array, start: number, length: number): number => {
  let sum = 0
  for (let i = 0; i < length; i++) sum += a[from + i]! * b[start + i]!
  return sum
}

/** A sequence whose decoder has run: logits of its targets, and where its rows' normalisers will be. */
interface Pending {
  readonly at: number
  readonly logits: Float64Array
  readonly normalisers: Int32Array
}

/** Scores sequences by a model's weights. Attention is causal, so padding on the right changes no answer. */
export const scorer = (shape: ModelShape, weights: Weights, options: ScorerOptions): Scorer => {
  const { threads, tied = false } = options
  const { vocabulary, width: D } = shape
  const compiled = new Map<number, Executable>()
  const weight = (name: string): Float32Array => {
    const values = weights.get(name)
    if (!values) throw new Error(`scorer: the weights lack ${name}`)
    return values
  }
  const feeds = Object.fromEntries(decoderTensors(shape, weights).map(({ name }) => [name, weight(name)]))
  const table = weight(tied ? "embedding_proj" : "de_embedding_proj")
  let head: Promise<Normaliser> | undefined

  const rowsFor = (padded: number) => Math.max(1, Math.floor(tokensAtOnce / padded))
  const program = async (padded: number): Promise<Executable> => {
    const known = compiled.get(padded)
    if (known) return known
    const { graph, outputs } = decoderGraph(shape, weights, rowsFor(padded), padded)
    const made = await (await engine(options.engine)).compile(graph, outputs, { threads })
    compiled.set(padded, made)
    return made
  }

  const check = (sequence: Int32Array, at: number): void => {
    const foreign = sequence.find((token) => token < 0 || token >= vocabulary)
    if (foreign !== undefined) {
      throw new Error(`scorer: sequence ${at} holds token ${foreign}, outside the vocabulary of ${vocabulary}`)
    }
  }

  /** Sequences by padded length, those of one in the order of their tokens. */
  const groupsOf = (sequences: ReadonlyArray<Int32Array>): ReadonlyMap<number, ReadonlyArray<number>> => {
    const groups = new Map<number, Array<number>>()
    for (const [at, { length }] of sequences.entries()) {
      if (length < 2) continue
      const padded = paddedLength(length - 1)
      const others = groups.get(padded)
      if (others) others.push(at)
      else groups.set(padded, [at])
    }
    for (const group of groups.values()) group.sort((a, b) => compareTokens(sequences[a]!, sequences[b]!) || a - b)
    return groups
  }

  const logProbabilities: Scorer["logProbabilities"] = async (sequences) => {
    sequences.forEach(check)
    head ??= normaliser(table, [vocabulary, D], options)
    const { add, finish } = await head
    const done: Array<Pending> = []
    for (const [padded, members] of groupsOf(sequences)) {
      const run = await program(padded)
      const rows = rowsFor(padded)
      for (let first = 0; first < members.length; first += rows) {
        const batch = members.slice(first, first + rows)
        const tokens = new Int32Array(rows * padded)
        for (const [row, at] of batch.entries()) tokens.set(sequences[at]!.subarray(0, -1), row * padded)
        const hidden = (await run.run({ ...feeds, tokens }))["hidden"]!
        for (const [row, at] of batch.entries()) {
          const sequence = sequences[at]!
          const before = row === 0 ? undefined : done.at(-1)!
          const shared = before === undefined ? 0 : commonLength(sequences[before.at]!, sequence)
          const logits = new Float64Array(sequence.length - 1)
          const normalisers = new Int32Array(sequence.length - 1)
          for (let i = 0; i < logits.length; i++) {
            const from = (row * padded + i) * D
            logits[i] = dot(hidden, from, table, sequence[i + 1]! * D, D)
            const known = i < shared ? before!.normalisers[i] : undefined
            normalisers[i] = known ?? await add(hidden.subarray(from, from + D))
          }
          done.push({ at, logits, normalisers })
        }
      }
    }
    const logs = await finish()
    const answers = sequences.map(({ length }) => new Float32Array(Math.max(0, length - 1)))
    for (const { at, logits, normalisers } of done) {
      const answer = answers[at]!
      for (let i = 0; i < answer.length; i++) answer[i] = logits[i]! - logs[normalisers[i]!]!
    }
    return answers
  }

  return {
    logProbabilities,
    dispose: async () => {
      for (const run of compiled.values()) await run.dispose()
      compiled.clear()
      await (await head)?.dispose()
      head = undefined
    }
  }
}
