import { householder } from "./householder.ts"
import { addRows, clear, copy, dot, get, set, updateRows } from "./vectors.ts"

/**
 * Householder reduction of a size×size matrix to lower bidiagonal form U·B·Vᵀ; destroys it.
 *
 * Step i reflects from the right, A ← A − z·vᵀ with z = tau·A·v, and from the left, A ← A − u·yᵀ with
 * y = tau·(A − z·vᵀ)ᵀ·u. Both are put off until the next step, which thus reads and writes A once: four rows are brought
 * up to date, multiplied by v, and, as that gives the four entries x of the column that u will be made from, their part
 * of Aᵀ·x is summed while they are near. Aᵀ·u follows, for u is x less a multiple of a unit vector, scaled (after Howell,
 * Demmel, Fulton, Hammarling and Marmol, Cache efficient bidiagonalization using BLAS 2.5 operators, 2008).
 *
 * A's rows are `stride` numbers apart, a multiple of four; rows and columns from `size` to the next multiple of four are
 * zeros. `room` has 8·stride + 16 numbers. Where `right` is not negative, the reflectors are kept for the vectors: v of step i in
 * row i there, u in row i + 1 at `left`, with their tau at the rows' ends: rows there are stride + 4 apart.
 */
export function bidiagonalise(
  A: i32,
  size: i32,
  stride: i32,
  diagonal: i32,
  subdiagonal: i32,
  room: i32,
  left: i32,
  right: i32
): void {
  const end = (size + 3) & ~3
  clear(room, 8 * stride)
  const result = room + 8 * stride
  const sums = result + 4
  // the update put off, A − u·yᵀ − z·vᵀ, and the vectors of the step at hand
  let u = room, y = u + stride, z = y + stride, v = z + stride
  let u1 = v + stride, y1 = u1 + stride, z1 = y1 + stride, v1 = z1 + stride
  for (let i: i32 = 0; i < size; i++) {
    const start = i & ~3
    const row = A + i * stride
    for (let j = i; j < size; j++) {
      set(v1 + j, get(row + j) - get(u + i) * get(y + j) - get(z + i) * get(v + j))
    }
    householder(v1, i, end, result)
    const tau = get(result)
    set(diagonal + i, get(result + 1))
    if (right >= 0) keep(right, i, v1, i, end, stride, tau)
    if (i === size - 1) break

    const next = i + 1
    const top = next & ~3
    clear(y1 + start, end - start)
    for (let r = top; r < end; r += 4) {
      const four = A + r * stride + start
      updateRows(four, stride, end - start, u + r, y + start, z + r, v + start, v1 + start, sums)
      for (let q: i32 = 0; q < 4; q++) {
        const below = r + q > i
        const zr: f64 = below ? tau * get(sums + q) : 0
        set(z1 + r + q, zr)
        set(u1 + r + q, below ? get(A + (r + q) * stride + i) - zr : 0)
      }
      addRows(four, stride, end - start, u1 + r, y1 + start)
    }
    const head = get(u1 + next)
    householder(u1, next, end, result)
    const tauLeft = get(result)
    const beta = get(result + 1)
    set(subdiagonal + i, beta)
    if (left >= 0) keep(left, next, u1, next, end, stride, tauLeft)
    if (tauLeft === 0) clear(y1 + start, end - start)
    else {
      const factor: f64 = 1 / (head - beta)
      const zu = dot(z1 + top, u1 + top, end - top)
      const first = row + stride
      for (let j = start; j < end; j++) {
        set(y1 + j, tauLeft * ((get(y1 + j) - beta * get(first + j)) * factor - get(v1 + j) * zu))
      }
    }
    let other = u
    u = u1
    u1 = other
    other = y
    y = y1
    y1 = other
    other = z
    z = z1
    z1 = other
    other = v
    v = v1
    v1 = other
  }
}

function keep(rows: i32, i: i32, from: i32, first: i32, end: i32, stride: i32, tau: f64): void {
  const row = rows + i * (stride + 4)
  const start = first & ~3
  clear(row, start)
  copy(row + start, from + start, end - start)
  set(row + stride, tau)
}
