/**
 * Gradients in a subspace, as GaLore (Zhao et al., arXiv 2403.03507) projects them: P holds the leading singular vectors of a
 * gradient G (out, in) on its shorter side, as rows.
 *
 *     out ≥ in: R = G Pᵀ (out, r), G ≈ R P;   out < in: R = P G (r, in), G ≈ Pᵀ R
 */
import type { AdamW } from "../../schemas/model.ts"
import { type Matrix, product } from "../../tensor/kernels/product.ts"
import { singularVectors } from "../../tensor/kernels/singular-values.ts"
import { type Moments, noMoments, update } from "../adamw.ts"

/** Shape of R: of AdamW's moments. */
export const projectedShape = ([out, into]: readonly [number, number], rank: number): readonly [number, number] =>
  out >= into ? [out, rank] : [rank, into]

/** The `rank` leading singular vectors of a gradient on its shorter side, (rank, min(out, in)). */
export const basisOf = ({ columns, rows, values }: Matrix, rank: number, name: string): Float32Array => {
  const { left, right } = singularVectors(values, rows, columns, `the gradient of ${name}`)
  return Float32Array.from((rows >= columns ? right : left).subarray(0, rank * Math.min(rows, columns)))
}

/** R of a gradient. */
export const project = (gradient: Matrix, basis: Matrix): Matrix =>
  gradient.rows >= gradient.columns
    ? product(gradient, basis, { transposeRight: true })
    : product(basis, gradient)

/** The matrix of the gradient's shape that R stands for. */
export const lift = (projected: Matrix, basis: Matrix, { columns, rows }: Matrix): Matrix =>
  rows >= columns ? product(projected, basis) : product(basis, projected, { transposeLeft: true })

/** A first moment in a new basis: what of it the new subspace holds. */
export const rotate = (moment: Matrix, from: Matrix, to: Matrix, gradient: Matrix): Matrix =>
  project(lift(moment, from, gradient), to)

/** AdamW's step m̂ / (√v̂ + ε) for a learning rate of 1, without decay; moments are updated. */
export const direction = (gradient: Float32Array, moments: Moments, optimizer: AdamW): Float32Array => {
  const minus = new Float32Array(gradient.length)
  update(minus, gradient, moments, 1, { ...optimizer, weightDecay: 0 })
  return minus.map((value) => -value)
}

/** Moments of R, in its shape. */
export const projectedMoments = (shape: readonly [number, number]): Moments => ({
  ...noMoments(shape[0] * shape[1]),
  shape
})

/** Sum of squares. */
export const squaresOf = (values: ArrayLike<number>): number => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!
  return sum
}
