/** A = L·Q by blocked Householder reflections, for the triangular factor alone. */
import { dot } from "./dot.ts"
import { householder } from "./householder.ts"

/** Reflectors in a block. Rows come in multiples of it, so that no loop below has a remainder. */
export const block = 12

/**
 * Overwrites a matrix by the L of its LQ factorisation; what lies right of the diagonal is then meaningless.
 *
 * A is rows×columns, row-major, rows a multiple of `block`, of which the last ones may be zeros added for that purpose.
 * Reflectors of a block are gathered as H₀·H₁·…= I − Vᵀ·T·V (Schreiber and Van Loan, 1989), so that the rows below
 * are read once a block and not once a reflector.
 */
export const lq = (A: Float64Array, rows: number, columns: number): void => {
  const V = new Float64Array(block * columns) // block × width: its rows are the reflectors
  const T = new Float64Array(block * block) // upper triangular
  const W = new Float64Array(2 * block)
  for (let top = 0; top < rows && top < columns; top += block) {
    const width = columns - top
    reflectPanel(A, columns, top, V, T)
    for (let row = top + block; row < rows; row += 2) {
      const at = row * columns + top
      project(A, at, columns, V, width, W)
      multiplyTriangle(W, T)
      subtract(A, at, columns, V, width, W)
    }
  }
}

/** Factors the rows [top, top + block), and leaves their reflectors in V and T. */
const reflectPanel = (A: Float64Array, columns: number, top: number, V: Float64Array, T: Float64Array): void => {
  const width = columns - top
  T.fill(0)
  for (let i = 0; i < block; i++) {
    const at = (top + i) * columns + top
    const v = i * width
    V.set(A.subarray(at, at + width), v)
    V.fill(0, v, v + Math.min(i, width))
    if (i >= width) continue
    const { beta, tau } = householder(V, v + i, v + width)
    A[at + i] = beta
    if (tau === 0) continue
    for (let row = top + i + 1; row < top + block; row++) {
      const r = row * columns + top
      const multiple = tau * dot(V, v + i, A, r + i, width - i)
      for (let j = i; j < width; j++) A[r + j]! -= multiple * V[v + j]!
    }
    // T[·, i] = −tau · T · V·vᵢ above the diagonal
    for (let other = 0; other < i; other++) {
      const product = -tau * dot(V, other * width + i, V, v + i, width - i)
      for (let j = 0; j <= other; j++) T[j * block + i]! += T[j * block + other]! * product
    }
    T[i * block + i] = tau
  }
}

/** W = C·Vᵀ for two rows C of A, (2, width)·(width, block). Six sums at a time are what fits into registers. */
const project = (
  A: Float64Array,
  at: number,
  columns: number,
  V: Float64Array,
  width: number,
  W: Float64Array
): void => {
  const below = at + columns
  for (let i = 0; i < block; i += 3) {
    const v0 = i * width, v1 = v0 + width, v2 = v1 + width
    let a0 = 0, a1 = 0, a2 = 0, b0 = 0, b1 = 0, b2 = 0
    for (let j = 0; j < width; j++) {
      const a = A[at + j]!, b = A[below + j]!
      let x = V[v0 + j]!
      a0 += a * x
      b0 += b * x
      x = V[v1 + j]!
      a1 += a * x
      b1 += b * x
      x = V[v2 + j]!
      a2 += a * x
      b2 += b * x
    }
    W[i] = a0
    W[i + 1] = a1
    W[i + 2] = a2
    W[block + i] = b0
    W[block + i + 1] = b1
    W[block + i + 2] = b2
  }
}

/** W ← W·T, from the last column on, so that it can be done in place. */
const multiplyTriangle = (W: Float64Array, T: Float64Array): void => {
  for (let i = block - 1; i >= 0; i--) {
    let a = 0, b = 0
    for (let j = 0; j <= i; j++) {
      const t = T[j * block + i]!
      a += W[j]! * t
      b += W[block + j]! * t
    }
    W[i] = a
    W[block + i] = b
  }
}

/** C ← C − W·V for the same two rows. */
const subtract = (
  A: Float64Array,
  at: number,
  columns: number,
  V: Float64Array,
  width: number,
  W: Float64Array
): void => {
  for (let i = 0; i < block; i += 4) {
    const v0 = i * width, v1 = v0 + width, v2 = v1 + width, v3 = v2 + width
    const a0 = W[i]!, a1 = W[i + 1]!, a2 = W[i + 2]!, a3 = W[i + 3]!
    const b0 = W[block + i]!, b1 = W[block + i + 1]!, b2 = W[block + i + 2]!, b3 = W[block + i + 3]!
    for (let j = 0; j < width; j++) {
      const x0 = V[v0 + j]!, x1 = V[v1 + j]!, x2 = V[v2 + j]!, x3 = V[v3 + j]!
      A[at + j]! -= a0 * x0 + a1 * x1 + (a2 * x2 + a3 * x3)
      A[at + columns + j]! -= b0 * x0 + b1 * x1 + (b2 * x2 + b3 * x3)
    }
  }
}
