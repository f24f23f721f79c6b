/** Singular values of a dense matrix in float64: LQ to a square, bidiagonal form, implicit QR. */
import { bidiagonalise } from "./bidiagonalise.ts"
import { implicitQr } from "./implicit-qr.ts"
import { block, lq } from "./lq.ts"

/** 2⁵⁰⁰: brings extreme matrices to where squares neither overflow nor vanish, without rounding. */
const far = 3.273390607896142e150

/**
 * All min(rows, columns) singular values of a rows×columns row-major matrix, in descending order.
 *
 * They agree with LAPACK's to about 1e-14·σ_max, which is what float64 allows; a σ_min below that is noise. The same
 * bits come out everywhere: nothing is used but IEEE additions, multiplications, divisions and square roots.
 *
 * Fails when an entry is NaN or infinite, or when the data do not fill the shape; the error says of which `name`.
 */
export const singularValues = (
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  name = "matrix"
): Float64Array => {
  if (matrix.length !== rows * columns) {
    throw new Error(`${name} has ${matrix.length} entries, but its shape ${rows}x${columns} takes ${rows * columns}`)
  }
  const largest = checkedMaximum(matrix, columns, name)
  if (largest === 0) return new Float64Array(Math.min(rows, columns))
  const scale = largest > 1e120 ? 1 / far : largest < 1e-120 ? far : 1

  const size = Math.min(rows, columns), length = Math.max(rows, columns)
  const A = wideCopy(matrix, rows, columns, scale)
  if (length > size) {
    lq(A, A.length / length, length)
    for (let i = 0; i < size; i++) A.fill(0, i * length + i + 1, i * length + size)
  }
  const sigma = implicitQr(bidiagonalise(A, size, length))
  return scale === 1 ? sigma : sigma.map((value) => value / scale)
}

const checkedMaximum = (matrix: ArrayLike<number>, columns: number, name: string): number => {
  let largest = 0
  for (let i = 0; i < matrix.length; i++) {
    const size = Math.abs(matrix[i]!)
    if (!(size < Infinity)) {
      const at = `row ${Math.floor(i / columns)}, column ${i % columns}`
      throw new Error(`${name} holds ${matrix[i]} at ${at}: it has no singular values. Did the training diverge?`)
    }
    if (size > largest) largest = size
  }
  return largest
}

/** The matrix, transposed if it is tall, times `scale`, with rows of zeros added up to a whole number of blocks. */
const wideCopy = (matrix: ArrayLike<number>, rows: number, columns: number, scale: number): Float64Array => {
  const size = Math.min(rows, columns), length = Math.max(rows, columns)
  const A = new Float64Array(Math.ceil(size / block) * block * length)
  if (rows <= columns) { for (let i = 0; i < matrix.length; i++) A[i] = matrix[i]! * scale }
  else {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) A[j * length + i] = matrix[i * columns + j]! * scale
    }
  }
  return A
}
