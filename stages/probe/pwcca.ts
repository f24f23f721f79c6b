import { singularVectors } from "../../tensor/kernels/singular-values.ts"
import type { Matrix } from "../spectra/matrix.ts"
import { centred } from "./cka.ts"

/** Directions whose singular value is at most so much of the largest are left out, as in Google's code for SVCCA. */
const negligible = 1e-6

/** Activations, rows being samples, and what a comparison takes of them. */
export interface Activations {
  /** Less the columns' means. */
  readonly centred: Matrix
  /** Orthonormal basis of the centred columns, as rows (rank, samples). */
  readonly basis: Matrix
}

/** Prepares activations; an error names them. */
export const activations = (matrix: Matrix, name: string): Activations => {
  const { columns, rows, values } = centred(matrix)
  const { left, sigma } = singularVectors(values, rows, columns, name)
  let rank = 0
  while (rank < sigma.length && sigma[rank]! > negligible * sigma[0]!) rank++
  return {
    centred: { rows, columns, values },
    basis: { rows: rank, columns: rows, values: left.subarray(0, rank * rows) }
  }
}

/** a·bᵀ */
const overlap = (a: Matrix, b: Matrix): Matrix => {
  const values = new Float64Array(a.rows * b.rows)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) {
      let sum = 0
      for (let k = 0; k < a.columns; k++) sum += a.values[i * a.columns + k]! * b.values[j * b.columns + k]!
      values[i * b.rows + j] = sum
    }
  }
  return { rows: a.rows, columns: b.rows, values }
}

/**
 * Projection-weighted CCA of activations x beside y, rows being samples (Morcos et al., Insights on representational
 * similarity in neural networks with canonical correlation, 2018): Σ αᵢ·ρᵢ / Σ αᵢ over canonical correlations ρᵢ, weighted by
 * αᵢ = Σⱼ |hᵢ·xⱼ|, what the canonical variate hᵢ of x accounts for of its neurons xⱼ. Not symmetric. In [0, 1].
 *
 * NaN where either is constant, and where the samples less one are no more than the dimensions of both together: then
 * subspaces meet whatever they are, and correlations of 1 say nothing.
 */
export const pwcca = ({ basis: a, centred: x }: Activations, { basis: b }: Activations): number => {
  if (a.rows === 0 || b.rows === 0 || x.rows - 1 <= a.rows + b.rows) return NaN
  const shared = overlap(a, b)
  const { left, sigma } = singularVectors(shared.values, shared.rows, shared.columns, "canonical correlations")
  let weighted = 0, weights = 0
  for (let i = 0; i < sigma.length; i++) {
    const variate = new Float64Array(x.rows)
    for (let k = 0; k < a.rows; k++) {
      const share = left[i * a.rows + k]!
      for (let s = 0; s < x.rows; s++) variate[s]! += share * a.values[k * x.rows + s]!
    }
    let weight = 0
    for (let j = 0; j < x.columns; j++) {
      let sum = 0
      for (let s = 0; s < x.rows; s++) sum += variate[s]! * x.values[s * x.columns + j]!
      weight += Math.abs(sum)
    }
    weighted += weight * Math.min(1, sigma[i]!)
    weights += weight
  }
  return weighted / weights
}
