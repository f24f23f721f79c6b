import { householder } from "./householder.ts"
import { clear, copy, dot, get, projectRows, set, subtractMultiple, subtractRows } from "./vectors.ts"

/** Reflectors in a block. */
const block: i32 = 16
/** Columns taken at a time: with as many, the block's part of V stays in a processor's nearest cache. */
const tile: i32 = 128

/**
 * A = L·Q by blocked Householder reflections. Overwrites A, left of the diagonal by L and from there on by the reflectors,
 * v[i] = 1 in their first places; L's diagonal goes to `diagonal` and the factors tau to `taus`.
 *
 * A is rows×columns, rows `stride` apart, all multiples of four, rows ≤ columns; `room` has block·stride + block² + 16 +
 * block·rows numbers. Reflectors of a block are gathered as H₀·H₁·…= I − Vᵀ·T·V (Schreiber and Van Loan, 1989), so that
 * the rows below are read twice a block and not twice a reflector.
 */
export function lq(A: i32, rows: i32, columns: i32, stride: i32, diagonal: i32, taus: i32, room: i32): void {
  const V = room // (block, columns − top)
  const T = V + block * stride // (block, block), upper triangular
  const result = T + block * block
  const W = result + 16 // (rows / 4, block, 4)
  for (let top: i32 = 0; top < rows; top += block) {
    const height = rows - top < block ? rows - top : block
    const width = columns - top
    reflectPanel(A + top * stride + top, height, width, stride, diagonal + top, taus + top, V, T, result)
    const below = top + height
    const C = A + below * stride + top
    const left = rows - below
    clear(W, left * block)
    for (let j: i32 = 0; j < width; j += tile) {
      const some = width - j < tile ? width - j : tile
      for (let r: i32 = 0; r < left; r += 4) {
        projectRows(C + r * stride + j, V + j, stride, height, some, W + r * block)
      }
    }
    for (let r: i32 = 0; r < left; r += 4) multiplyTriangle(W + r * block, T, height)
    for (let j: i32 = 0; j < width; j += tile) {
      const some = width - j < tile ? width - j : tile
      for (let r: i32 = 0; r < left; r += 4) {
        subtractRows(C + r * stride + j, V + j, stride, height, some, W + r * block)
      }
    }
  }
}

/** Factors the rows of a panel, (height, width) from its diagonal's first place on; leaves its reflectors in V and T. */
function reflectPanel(
  P: i32,
  height: i32,
  width: i32,
  stride: i32,
  diagonal: i32,
  taus: i32,
  V: i32,
  T: i32,
  result: i32
): void {
  clear(T, block * block)
  for (let i: i32 = 0; i < height; i++) {
    const row = P + i * stride
    const v = V + i * stride
    const start = i & ~3
    clear(v, start)
    copy(v + start, row + start, width - start)
    householder(v, i, width, result)
    const tau = get(result)
    set(taus + i, tau)
    set(diagonal + i, get(result + 1))
    copy(row + i, v + i, width - i)
    if (tau === 0) continue
    for (let other = i + 1; other < height; other++) {
      const r = P + other * stride + start
      subtractMultiple(r, tau * dot(v + start, r, width - start), v + start, width - start)
    }
    // T[·, i] = −tau · T · V·vᵢ above the diagonal
    for (let other: i32 = 0; other < i; other++) {
      const product = -tau * dot(V + other * stride + start, v + start, width - start)
      for (let j: i32 = 0; j <= other; j++) {
        const at = T + j * block
        set(at + i, get(at + i) + get(at + other) * product)
      }
    }
    set(T + i * block + i, tau)
  }
}

/** W ← Tᵀ·W for W (height, 4), from the last row on, so that it can be done in place. */
function multiplyTriangle(W: i32, T: i32, height: i32): void {
  for (let i = height - 1; i >= 0; i--) {
    let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0
    for (let j: i32 = 0; j <= i; j++) {
      const t = get(T + j * block + i)
      const w = W + 4 * j
      s0 += get(w) * t
      s1 += get(w + 1) * t
      s2 += get(w + 2) * t
      s3 += get(w + 3) * t
    }
    const w = W + 4 * i
    set(w, s0)
    set(w + 1, s1)
    set(w + 2, s2)
    set(w + 3, s3)
  }
}
