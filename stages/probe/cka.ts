import type { Matrix } from "../spectra/matrix.ts"

/** Columns less their means; exactly zero where a column is constant up to rounding. */
export const centred = ({ columns, rows, values }: Matrix): Matrix => {
  const out = new Float64Array(values.length)
  for (let j = 0; j < columns; j++) {
    let mean = 0
    for (let i = 0; i < rows; i++) mean += values[i * columns + j]! / rows
    let largest = 0, spread = 0
    for (let i = 0; i < rows; i++) {
      const value = values[i * columns + j]!
      out[i * columns + j] = value - mean
      largest = Math.max(largest, Math.abs(value))
      spread = Math.max(spread, Math.abs(value - mean))
    }
    if (spread > rows * Number.EPSILON * largest) continue
    for (let i = 0; i < rows; i++) out[i * columns + j] = 0
  }
  return { rows, columns, values: out }
}

/** ‖Aᵀ·B‖²_F of matrices with as many rows. */
const squaredProduct = (a: Matrix, b: Matrix): number => {
  const product = new Float64Array(a.columns * b.columns)
  for (let row = 0; row < a.rows; row++) {
    for (let i = 0; i < a.columns; i++) {
      const x = a.values[row * a.columns + i]!
      for (let j = 0; j < b.columns; j++) product[i * b.columns + j]! += x * b.values[row * b.columns + j]!
    }
  }
  let sum = 0
  for (const x of product) sum += x * x
  return sum
}

/**
 * Linear CKA of activations with centred columns, rows being samples (Kornblith et al., Similarity of Neural Network
 * Representations Revisited, 2019): ‖XᵀY‖² / (‖XᵀX‖·‖YᵀY‖), the biased estimate, as pico-analyze has it. In [0, 1]; NaN where
 * either is constant.
 */
export const cka = (x: Matrix, y: Matrix): number =>
  squaredProduct(x, y) / Math.sqrt(squaredProduct(x, x) * squaredProduct(y, y))
