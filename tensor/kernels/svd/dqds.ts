/**
 * Singular values of an upper bidiagonal matrix by differential quotient differences with shifts (Fernando and Parlett, Accurate
 * singular values and differential qd algorithms, 1994): the squares q and e of its entries are transformed, without
 * square roots, to those of a matrix whose squared singular values are smaller by a shift, until the last e vanishes.
 * Positive q and e lose no relative accuracy.
 *
 * Shifts are chosen, and refused ones replaced, after a part of the rules of LAPACK's dlasq3 and dlasq4 (Parlett and
 * Marques, 2000; BSD-3-Clause, the University of Tennessee and others; see lapack-license.txt in the folder above).
 */
import { copy, get, set } from "./vectors.ts"

/** Relative machine precision, 2⁻⁵³. */
const epsilon: f64 = 1.1102230246251565e-16
/** Relative size of a negligible off-diagonal entry, and its square, for q and e are squares. */
const tolerance: f64 = 100 * 1.1102230246251565e-16
const negligible: f64 = tolerance * tolerance
/** Transforms a row, above which the iteration is given up: three or four are usual. */
const maxTransforms: i32 = 40

/** Least of the last transform's d: of all, of all but the last, of all but two; and the last two themselves. */
let least: f64 = 0, least1: f64 = 0, least2: f64 = 0, last: f64 = 0, last1: f64 = 0
/** Least of its e. */
let leastE: f64 = 0

/**
 * Overwrites the `size` diagonal entries q by the singular values, in no order; the size − 1 entries e above them are lost.
 * `room` has 2·size numbers. Says whether it converged.
 */
export function dqds(q: i32, e: i32, size: i32, room: i32): boolean {
  const factor = squares(q, e, size)
  if (factor === 0) return true
  let transforms = maxTransforms * size
  let bottom = size - 1
  while (bottom >= 0) {
    // Where a block was split off, e holds the shifts taken off it so far, negative.
    let sum: f64 = bottom === size - 1 ? 0 : -get(e + bottom)
    let lost: f64 = 0 // what rounding took from the sum
    let top = bottom
    while (top > 0 && get(e + top - 1) > 0) top--
    turnRound(q, e, top, bottom)
    least = 0
    let growth: f64 = 0.25
    while (bottom > top) {
      if (get(e + bottom - 1) <= negligible * (sum + get(q + bottom))) {
        set(q + bottom, get(q + bottom) + sum)
        bottom--
        least = least1
        last = last1
        least1 = least2
        last1 = -1 // the one before it is not known
        growth = 0.25
        continue
      }
      let shift = chooseShift(q, e, top, bottom, growth)
      growth = growth < 0.25 ? 0.25 : growth + (1 - growth) / 3
      let refused = 0
      for (;;) {
        if (transforms-- <= 0) return false
        if (shift > 0) transform(q, e, top, bottom, shift, room, size)
        else transformWithoutShift(q, e, top, bottom, room, size)
        if (least >= 0 && least1 >= 0) break
        if (
          shift > 0 && least < 0 && least1 > 0 && -last < tolerance * sum &&
          get(room + size + bottom - 1) < tolerance * (sum + last1)
        ) {
          // below what the sum can hold
          set(room + bottom, 0)
          last = 0
          least = 0
          break
        }
        refused++
        growth = 1 / 12
        if (refused > 2 || !(least < 0)) shift = 0
        else shift = least1 > 0 ? (shift + least) * (1 - 2 * epsilon) : 0.25 * shift
      }
      copy(q + top, room + top, bottom - top + 1)
      copy(e + top, room + size + top, bottom - top)
      const more = sum + shift
      lost += shift < sum ? shift - (more - sum) : sum - (more - shift)
      sum = more + lost
      lost -= sum - more
      if (leastE <= negligible * Math.max(sum, leastE)) {
        const split = lowestSplit(q, e, top, bottom, sum)
        if (split >= 0) {
          top = split + 1
          least = 0
        }
      }
    }
    set(q + top, get(q + top) + sum)
    bottom = top - 1
  }
  for (let i: i32 = 0; i < size; i++) set(q + i, Math.sqrt(get(q + i)) * factor)
  return true
}

/** Squares the entries after bringing the largest to [1, 2) by a power of two; gives its inverse, or 0 for zeros. */
function squares(q: i32, e: i32, size: i32): f64 {
  let largest = Math.abs(get(q + size - 1))
  for (let i: i32 = 0; i < size - 1; i++) {
    largest = Math.max(largest, Math.max(Math.abs(get(q + i)), Math.abs(get(e + i))))
  }
  if (largest === 0) return 0
  let factor: f64 = 1
  while (largest * factor >= 2) factor *= 0.5
  while (largest * factor < 1) factor *= 2
  for (let i: i32 = 0; i < size; i++) {
    const x = get(q + i) * factor
    set(q + i, x * x)
  }
  for (let i: i32 = 0; i < size - 1; i++) {
    const x = get(e + i) * factor
    const square = x * x
    set(e + i, square <= negligible * get(q + i) ? 0 : square)
  }
  return 1 / factor
}

/** With q and e in reverse order, the spectrum stays: small entries are better last. */
function turnRound(q: i32, e: i32, top: i32, bottom: i32): void {
  if (1.5 * get(q + top) >= get(q + bottom)) return
  for (let i = top, j = bottom; i < j; i++, j--) swap(q + i, q + j)
  for (let i = top, j = bottom - 1; i < j; i++, j--) swap(e + i, e + j)
}

function swap(a: i32, b: i32): void {
  const other = get(a)
  set(a, get(b))
  set(b, other)
}

/** Last row of the block above which e is negligible, made a mark of a split; −1 where there is none. */
function lowestSplit(q: i32, e: i32, top: i32, bottom: i32, sum: f64): i32 {
  for (let i = bottom - 2; i >= top; i--) {
    if (get(e + i) > negligible * Math.max(sum, get(q + i))) continue
    set(e + i, -sum)
    return i
  }
  return -1
}

/** Close below the least eigenvalue, as far as the last transform's d tell; they bound it from above. */
function chooseShift(q: i32, e: i32, top: i32, bottom: i32, growth: f64): f64 {
  if (least <= 0) return 0
  if (last !== least) return growth * least
  if (last1 === least1 && bottom - top >= 2) {
    // the two last are the least: bounds by gaps
    const above = get(q + bottom - 1), beside = get(e + bottom - 1)
    const b1 = Math.sqrt(get(q + bottom)) * Math.sqrt(beside)
    const b2 = Math.sqrt(above) * Math.sqrt(get(e + bottom - 2))
    const a = above + beside
    const far = 0.75 * least2 - a
    const gap = far > 0 && far > b2 ? a - last - (b2 / far) * b2 : a - last - (b1 + b2)
    if (gap > 0 && gap > b1) return Math.max(last - (b1 / gap) * b1, 0.5 * least)
    let shift: f64 = last > b1 ? last - b1 : 0
    if (a > b1 + b2) shift = Math.min(shift, a - (b1 + b2))
    return Math.max(shift, least / 3)
  }
  // Rayleigh's quotient with an approximate vector whose squared entries shrink as the products below
  let sum: f64 = 0, product: f64 = 1
  for (let i = bottom - 1; i >= top; i--) {
    const on = get(q + i), off = get(e + i)
    if (off > on) return 0.25 * least
    const before = product
    product *= off / on
    sum += product
    if (100 * Math.max(product, before) < sum || sum > 0.563) break
  }
  sum *= 1.05
  return sum < 0.563 ? last * (1 - Math.sqrt(sum)) / (1 + sum) : 0.25 * least
}

/** One transform of the block into `room`, q first and e after `size` numbers. */
function transform(q: i32, e: i32, top: i32, bottom: i32, shift: f64, room: i32, size: i32): void {
  const q1 = room, e1 = room + size
  let d = get(q + top) - shift
  let smallest = d, smallestE: f64 = 1e300
  let i = top
  for (; i < bottom - 2; i++) {
    const off = get(e + i)
    const on = d + off
    const t = get(q + i + 1) / on
    set(q1 + i, on)
    const next = off * t
    set(e1 + i, next)
    d = d * t - shift
    smallest = Math.min(smallest, d)
    smallestE = Math.min(smallestE, next)
  }
  least2 = smallest
  for (; i < bottom; i++) {
    const off = get(e + i)
    const on = d + off
    const t = get(q + i + 1) / on
    last1 = d
    least1 = Math.min(smallest, d)
    smallest = least1
    set(q1 + i, on)
    const next = off * t
    set(e1 + i, next)
    d = d * t - shift
    if (i < bottom - 1) smallestE = Math.min(smallestE, next)
  }
  set(q1 + bottom, d)
  last = d
  least = Math.min(smallest, d)
  leastE = smallestE
}

/** The same with no shift, and safe where q is 0. */
function transformWithoutShift(q: i32, e: i32, top: i32, bottom: i32, room: i32, size: i32): void {
  const q1 = room, e1 = room + size
  let d = get(q + top)
  let smallest = d, smallestE: f64 = 1e300
  least2 = d
  for (let i = top; i < bottom; i++) {
    const off = get(e + i), below = get(q + i + 1)
    const on = d + off
    last1 = d
    least1 = smallest
    if (i <= bottom - 2) least2 = smallest
    set(q1 + i, on)
    let next: f64 = 0
    if (on === 0) d = below
    else {
      const t = below / on
      next = off * t
      d = d * t
    }
    set(e1 + i, next)
    if (i < bottom - 1) smallestE = Math.min(smallestE, next)
    smallest = Math.min(smallest, d)
  }
  set(q1 + bottom, d)
  last = d
  least = smallest
  leastE = smallestE
}
