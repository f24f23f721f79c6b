/** Householder reduction of a square matrix to upper bidiagonal form, for the bidiagonal alone. */
import { dot } from "./dot.ts"
import { householder } from "./householder.ts"

/** Rows a loop takes at a time. */
export const stride = 4

export interface Bidiagonal {
  /** size entries. */
  readonly diagonal: Float64Array
  /** size − 1 entries above the diagonal. */
  readonly superdiagonal: Float64Array
}

/**
 * Bidiagonal of a size×size matrix with rows of `columns` ≥ size entries, row-major; destroys it.
 *
 * Step i reflects from the left, A ← A − u·yᵀ with y = tau·Aᵀ·u, and from the right, A ← A − z·vᵀ with
 * z = tau·(A − u·yᵀ)·v. Both are put off until the next step's first pass, which applies them and sums its own y at
 * once, so that a step reads A twice and writes it once (Howell, Demmel, Fulton, Hammarling and Marmol, 2008).
 *
 * A holds a multiple of `stride` rows, the last ones zeros where size is none. Loops start at a multiple of it too:
 * vectors over rows are zero above their first entry, so rows that are done with stay as they are.
 */
export const bidiagonalise = (A: Float64Array, size: number, columns: number): Bidiagonal => {
  const rows = Math.ceil(size / stride) * stride
  const diagonal = new Float64Array(size)
  const superdiagonal = new Float64Array(Math.max(0, size - 1))
  // the update put off: A − u·yᵀ − z·vᵀ; and the vectors of the step at hand
  let u = new Float64Array(rows), y = new Float64Array(size), z = new Float64Array(rows), v = new Float64Array(size)
  let u1 = new Float64Array(rows), y1 = new Float64Array(size), z1 = new Float64Array(rows), v1 = new Float64Array(size)
  for (let i = 0; i < size; i++) {
    const top = i - i % stride
    u1.fill(0, 0, i)
    for (let r = i; r < size; r++) u1[r] = A[r * columns + i]! - u[r]! * y[i]! - z[r]! * v[i]!
    const left = householder(u1, i, size)
    diagonal[i] = left.beta
    if (i === size - 1) break

    y1.fill(0)
    for (let r = top; r < rows; r += stride) updateAndSum(A, r, i + 1, size, columns, u, y, z, v, u1, y1)
    for (let j = i + 1; j < size; j++) y1[j]! *= left.tau

    for (let j = i + 1; j < size; j++) v1[j] = A[i * columns + j]! - y1[j]!
    const right = householder(v1, i + 1, size)
    superdiagonal[i] = right.beta

    const yv = dot(y1, i + 1, v1, i + 1, size - i - 1)
    for (let r = top; r < rows; r += stride) project(A, r, i + 1, size, columns, v1, z1)
    z1.fill(0, 0, i + 1)
    for (let r = i + 1; r < rows; r++) z1[r] = right.tau * (z1[r]! - u1[r]! * yv)
    ;[u, u1, y, y1, z, z1, v, v1] = [u1, u, y1, y, z1, z, v1, v]
  }
  return { diagonal, superdiagonal }
}

/** For four rows: A ← A − u·yᵀ − z·vᵀ in the columns [start, end), and sum ← sum + Aᵀ·next. */
const updateAndSum = (
  A: Float64Array,
  row: number,
  start: number,
  end: number,
  columns: number,
  u: Float64Array,
  y: Float64Array,
  z: Float64Array,
  v: Float64Array,
  next: Float64Array,
  sum: Float64Array
): void => {
  const p0 = row * columns, p1 = p0 + columns, p2 = p1 + columns, p3 = p2 + columns
  const u0 = u[row]!, u1 = u[row + 1]!, u2 = u[row + 2]!, u3 = u[row + 3]!
  const z0 = z[row]!, z1 = z[row + 1]!, z2 = z[row + 2]!, z3 = z[row + 3]!
  const n0 = next[row]!, n1 = next[row + 1]!, n2 = next[row + 2]!, n3 = next[row + 3]!
  for (let j = start; j < end; j++) {
    const yj = y[j]!, vj = v[j]!
    let x = A[p0 + j]! - (u0 * yj + z0 * vj)
    A[p0 + j] = x
    let s = n0 * x
    x = A[p1 + j]! - (u1 * yj + z1 * vj)
    A[p1 + j] = x
    s += n1 * x
    x = A[p2 + j]! - (u2 * yj + z2 * vj)
    A[p2 + j] = x
    s += n2 * x
    x = A[p3 + j]! - (u3 * yj + z3 * vj)
    A[p3 + j] = x
    sum[j]! += s + n3 * x
  }
}

/** For four rows: out = A·v over the columns [start, end). */
const project = (
  A: Float64Array,
  row: number,
  start: number,
  end: number,
  columns: number,
  v: Float64Array,
  out: Float64Array
): void => {
  const p0 = row * columns, p1 = p0 + columns, p2 = p1 + columns, p3 = p2 + columns
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0
  for (let j = start; j < end; j++) {
    const x = v[j]!
    s0 += A[p0 + j]! * x
    s1 += A[p1 + j]! * x
    s2 += A[p2 + j]! * x
    s3 += A[p3 + j]! * x
  }
  out[row] = s0
  out[row + 1] = s1
  out[row + 2] = s2
  out[row + 3] = s3
}
