import { singularVectors } from "../../tensor/kernels/singular-values.ts"
import type { Matrix } from "../spectra/matrix.ts"

/** Left singular vectors looked at, and the cosine below which one is an intruder: those of the paper. */
export const top = 10, threshold = 0.5

export interface Intruders {
  /** Vectors looked at. */
  readonly top: number
  /** How many of them have no initial vector with an absolute cosine of at least `threshold`. */
  readonly intruders: number
  /** Least, over the vectors looked at, of the largest absolute cosine with an initial vector. */
  readonly leastSimilarity: number
}

/**
 * Intruder dimensions (Shuttleworth et al., LoRA vs Full Fine-tuning: An Illusion of Equivalence, arXiv 2410.21228): of the left
 * singular vectors of the `top` largest singular values of a weight those that are like none of the initial weight's.
 * Fewer are looked at where the weight has fewer singular values that are not 0.
 */
export const intruders = (weight: Matrix, initial: Matrix, name: string): Intruders => {
  if (weight.rows !== initial.rows || weight.columns !== initial.columns) {
    throw new Error(
      `${name} is ${weight.rows}x${weight.columns}, and at first it was ${initial.rows}x${initial.columns}`
    )
  }
  const now = singularVectors(weight.values, weight.rows, weight.columns, name)
  const first = singularVectors(initial.values, initial.rows, initial.columns, `initial ${name}`)
  const { rows } = weight
  let looked = 0, found = 0, least = 1
  while (looked < Math.min(top, now.sigma.length) && now.sigma[looked]! > 0) {
    const vector = now.left.subarray(looked * rows, (looked + 1) * rows)
    let best = 0
    for (let at = 0; at < first.sigma.length && first.sigma[at]! > 0; at++) {
      let cosine = 0
      for (let i = 0; i < rows; i++) cosine += vector[i]! * first.left[at * rows + i]!
      best = Math.max(best, Math.abs(cosine))
    }
    if (best < threshold) found++
    least = Math.min(least, best)
    looked++
  }
  return { top: looked, intruders: found, leastSimilarity: looked === 0 ? NaN : least }
}
