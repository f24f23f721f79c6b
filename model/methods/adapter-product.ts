/** The product of an adapter pair, in float64. */

/** A matrix with its shape, row-major. */
export interface Matrix {
  readonly shape: ReadonlyArray<number>
  readonly values: ArrayLike<number>
}

/** base + factor·B·A, (out, in), for A (rank, in) and B (out, rank); without a base, factor·B·A. */
export const plusProduct = (
  base: ArrayLike<number> | undefined,
  a: Matrix,
  b: Matrix,
  factor: number
): Float64Array => {
  const [rank, into] = a.shape as [number, number]
  const [out] = b.shape as [number, number]
  const result = new Float64Array(out * into)
  const row = new Float64Array(into)
  for (let o = 0; o < out; o++) {
    row.fill(0)
    for (let r = 0; r < rank; r++) {
      const weight = factor * b.values[o * rank + r]!
      for (let i = 0; i < into; i++) row[i]! += weight * a.values[r * into + i]!
    }
    for (let i = 0; i < into; i++) result[o * into + i] = base ? base[o * into + i]! + row[i]! : row[i]!
  }
  return result
}
