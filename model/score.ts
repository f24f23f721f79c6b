/** Log-probabilities that a model gives to sequences of tokens. */
import type { ModelShape } from "../schemas/model.ts"
import type { Weights } from "./parameters.ts"

export interface ScorerOptions {
  /** Engine by name: onnx, reference. */
  readonly engine: string
  readonly threads: number
}

export interface Scorer {
  /**
   * For each sequence of n tokens, the n − 1 natural-log probabilities log p(token i | tokens before i), i = 1 … n − 1.
   * Sequences are batched by length inside; the answers are in the order of the sequences.
   */
  readonly logProbabilities: (sequences: ReadonlyArray<Int32Array>) => Promise<ReadonlyArray<Float32Array>>
  readonly dispose: () => Promise<void>
}

export type MakeScorer = (shape: ModelShape, weights: Weights, options: ScorerOptions) => Scorer
export declare const scorer: MakeScorer
