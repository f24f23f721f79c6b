/** What a study makes of a matrix's entries, wherever they stand. */

export interface Entries {
  /** Largest absolute value. */
  readonly maxAbs: number
  /** Gini coefficient of absolute values, in [0, 1 − 1/n]: 0 where all are alike. 0 for zeros, as pico-analyze has it. */
  readonly gini: number
  /** Hoyer's sparsity (√n − ‖x‖₁/‖x‖₂) / (√n − 1), in [0, 1]; NaN for zeros, and for a single entry. */
  readonly hoyer: number
}

/**
 * Norm and sparsity of values. With absolute values x₁ ≤ … ≤ xₙ, Gini is Σ (2i − n − 1)·xᵢ / (n·Σ x). Sums are taken of
 * shares of the largest value, so that nothing over- or underflows.
 */
export const entries = (values: Float32Array | Float64Array): Entries => {
  const n = values.length
  const sizes = values.map(Math.abs).sort()
  const maxAbs = n === 0 ? 0 : sizes[n - 1]!
  if (maxAbs === 0) return { maxAbs: 0, gini: 0, hoyer: NaN }
  let sum = 0, squares = 0, weighted = 0
  for (let i = 0; i < n; i++) {
    const share = sizes[i]! / maxAbs
    sum += share
    squares += share * share
    weighted += (2 * i + 1 - n) * share
  }
  const root = Math.sqrt(n)
  return { maxAbs, gini: weighted / (n * sum), hoyer: (root - sum / Math.sqrt(squares)) / (root - 1) }
}
