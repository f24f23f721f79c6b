/** Below which a singular value may be nothing but rounding. */
import type { Matrix } from "./matrix.ts"

/** Precision in which a matrix was stored before its singular values were taken. */
export type Stored = "float32" | "bf16"

/**
 * Singular values up to this may be those of rounding errors.
 *
 * float32: max(rows, columns)·2⁻²⁴·σ_max, the usual tolerance of a numerical rank with float32's unit roundoff. In
 * bfloat16 that bound would reach σ_max itself at some 500 rows or columns, for it lets all errors add up. There the
 * floor is the largest singular value that independent errors of relative size 2⁻⁹ have: 2⁻⁹ times the largest norm of
 * a row and the largest of a column together (for equal entries σ·(√rows + √columns); Bandeira and van Handel,
 * arXiv 1408.6185). Rounding to nearest errs by 0.79·2⁻⁹ in the root mean square.
 */
export const roundingFloor = (stored: Stored, { columns, rows, values }: Matrix, sigmaMax: number): number => {
  if (stored === "float32") return Math.max(rows, columns) * 2 ** -24 * sigmaMax
  const ofRows = new Float64Array(rows), ofColumns = new Float64Array(columns)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const square = values[i * columns + j]! ** 2
      ofRows[i]! += square
      ofColumns[j]! += square
    }
  }
  return 2 ** -9 * (Math.sqrt(largest(ofRows)) + Math.sqrt(largest(ofColumns)))
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, value), 0)
