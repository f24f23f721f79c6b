/** Singular values of a product of thin factors, from the factors. */
import { singularValues } from "../../tensor/kernels/singular-values.ts"
import type { Matrix } from "./matrix.ts"

/** A product left·right, (m, k)·(k, n), that is not multiplied out. */
export interface Factors {
  readonly left: Matrix
  readonly right: Matrix
}

/** T of T·Q = matrix with orthonormal rows of Q, lower triangular, by modified Gram–Schmidt; (rows, rows). */
const triangle = (matrix: Matrix): Float64Array => {
  const { columns, rows } = matrix
  const q = Float64Array.from(matrix.values)
  const T = new Float64Array(rows * rows)
  for (let i = 0; i < rows; i++) {
    const row = q.subarray(i * columns, (i + 1) * columns)
    for (let j = 0; j < i; j++) {
      const other = q.subarray(j * columns, (j + 1) * columns)
      let projection = 0
      for (let c = 0; c < columns; c++) projection += row[c]! * other[c]!
      T[i * rows + j] = projection
      for (let c = 0; c < columns; c++) row[c]! -= projection * other[c]!
    }
    let squares = 0
    for (let c = 0; c < columns; c++) squares += row[c]! * row[c]!
    const norm = Math.sqrt(squares)
    T[i * rows + i] = norm
    if (norm > 0) { for (let c = 0; c < columns; c++) row[c]! /= norm }
  }
  return T
}

export const transposed = ({ columns, rows, values }: Matrix): Matrix => {
  const out = new Float64Array(values.length)
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = values[i * columns + j]!
  return { rows: columns, columns: rows, values: out }
}

/**
 * The min(m, k, n) singular values that left·right can have beside zeros. With leftᵀ = T·P and right = S·Q and orthonormal
 * rows in P and Q they are those of Tᵀ·S, (k, k): unlike those of the product once it is rounded and stored, the smallest of them is
 * no rounding.
 */
export const productSingularValues = ({ left, right }: Factors, name: string): Float64Array => {
  const k = right.rows
  if (left.columns !== k) throw new Error(`${name}: factors of ${left.columns} columns and ${k} rows do not multiply`)
  const T = triangle(transposed(left)), S = triangle(right)
  const core = new Float64Array(k * k)
  for (let l = 0; l < k; l++) {
    for (let i = 0; i <= l; i++) for (let j = 0; j <= l; j++) core[i * k + j]! += T[l * k + i]! * S[l * k + j]!
  }
  return singularValues(core, k, k, name).slice(0, Math.min(k, left.rows, right.columns))
}
