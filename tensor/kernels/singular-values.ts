/** Singular values, and vectors where they are wanted, of a dense matrix in float64. */
import { type Kernel, kernel } from "./svd/kernel.ts"

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
  name = "matrix",
  steps: Kernel = kernel()
): Float64Array => {
  const scale = checkedScale(matrix, rows, columns, name)
  if (scale === undefined) return new Float64Array(Math.min(rows, columns))
  const memory = run(steps, matrix, rows, columns, scale, false, name)
  const at = steps.valuesPlace()
  return descending(memory.slice(at, at + Math.min(rows, columns)), scale)
}

/** The thin decomposition A = Σ σ·left·rightᵀ of a matrix; rank is min(rows, columns). */
export interface Decomposition {
  /** (rank), in descending order; another iteration than that of `singularValues`, so the last digits may differ. */
  readonly sigma: Float64Array
  /** (rank, rows): left singular vectors as rows. */
  readonly left: Float64Array
  /** (rank, columns): right singular vectors as rows. */
  readonly right: Float64Array
}

/**
 * Singular values and vectors of a rows×columns row-major matrix; errors as `singularValues`. Vectors of equal singular
 * values are any orthonormal ones, and those of a zero matrix the first unit vectors. Signs are not normalised: only
 * the products left·rightᵀ are determined.
 */
export const singularVectors = (
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  name = "matrix",
  steps: Kernel = kernel()
): Decomposition => {
  const scale = checkedScale(matrix, rows, columns, name)
  const rank = Math.min(rows, columns)
  if (scale === undefined) return { sigma: new Float64Array(rank), left: unit(rank, rows), right: unit(rank, columns) }
  const memory = run(steps, matrix, rows, columns, scale, true, name)
  const values = memory.subarray(steps.valuesPlace(), steps.valuesPlace() + rank)
  const order = Array.from(values.keys()).sort((i, j) => Math.abs(values[j]!) - Math.abs(values[i]!) || i - j)
  // the kernel's matrix is wide: of a tall one it has taken the transpose
  const short = { at: steps.leftPlace(), stride: steps.leftStride(), length: rank }
  const long = { at: steps.rightPlace(), stride: steps.rowStride(), length: Math.max(rows, columns) }
  if (rows === columns) long.stride = short.stride
  const [left, right] = rows <= columns ? [short, long] : [long, short]
  const collect = ({ at, length, stride }: typeof short, signed: boolean): Float64Array => {
    const out = new Float64Array(rank * length)
    order.forEach((from, to) => {
      const row = memory.subarray(at + from * stride, at + from * stride + length)
      out.set(signed && values[from]! < 0 ? row.map((x) => -x) : row, to * length)
    })
    return out
  }
  return {
    sigma: Float64Array.from(order, (i) => Math.abs(values[i]!) / scale),
    left: collect(left, true),
    right: collect(right, false)
  }
}

/** Runs the kernel on a matrix times `scale`; gives its memory. */
const run = (
  steps: Kernel,
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  scale: number,
  vectors: boolean,
  name: string
): Float64Array => {
  const memory = steps.memory(steps.plan(Math.min(rows, columns), Math.max(rows, columns), vectors ? 1 : 0))
  const start = steps.matrixPlace()
  write(
    memory.subarray(start, start + room(rows, columns, steps.rowStride())),
    matrix,
    rows,
    columns,
    scale,
    steps.rowStride()
  )
  if (!steps.decompose()) throw new Error(notConverged(name))
  return memory
}

export const notConverged = (name: string): string => `${name}: the iteration for its singular values did not converge`

/** Numbers that a matrix takes in the kernel's memory: whole groups of four rows. */
export const room = (rows: number, columns: number, stride: number): number =>
  Math.ceil(Math.min(rows, columns) / 4) * 4 * stride

/** Writes a matrix times `scale` as the kernel reads it: wide, rows `stride` apart, zeros between and below. */
export const write = (
  to: Float64Array,
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  scale: number,
  stride: number
): void => {
  to.fill(0)
  const [rowStep, columnStep] = rows <= columns ? [stride, 1] : [1, stride]
  for (let i = 0; i < rows; i++) {
    const at = i * rowStep, from = i * columns
    for (let j = 0; j < columns; j++) to[at + j * columnStep] = matrix[from + j]! * scale
  }
}

/** Singular values in descending order from the kernel's, which are those of the matrix times `scale`. */
export const descending = (values: Float64Array, scale: number): Float64Array =>
  values.map((value) => Math.abs(value) / scale).sort().reverse()

/** A power of two, and so exact, that keeps squares in range; nothing for a matrix of zeros or without entries. */
export const checkedScale = (
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  name: string
): number | undefined => {
  if (matrix.length !== rows * columns) {
    throw new Error(`${name} has ${matrix.length} entries, but its shape ${rows}x${columns} takes ${rows * columns}`)
  }
  let largest = 0
  for (let i = 0; i < matrix.length; i++) {
    const size = Math.abs(matrix[i]!)
    if (!(size < Infinity)) {
      const at = `row ${Math.floor(i / columns)}, column ${i % columns}`
      throw new Error(`${name} holds ${matrix[i]} at ${at}: it has no singular values. Did the training diverge?`)
    }
    if (size > largest) largest = size
  }
  if (largest === 0) return undefined
  let scale = 1
  if (largest > 1e120) { while (largest * scale > 1) scale *= 2 ** -32 }
  else if (largest < 1e-120) { while (largest * scale < 2 ** -128) scale *= 2 ** 32 }
  return scale
}

const unit = (count: number, length: number): Float64Array => {
  const rows = new Float64Array(count * length)
  for (let i = 0; i < count; i++) rows[i * length + i] = 1
  return rows
}
