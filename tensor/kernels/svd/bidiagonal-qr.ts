/**
 * Singular values and vectors of an upper bidiagonal matrix by the implicit zero-shift QR iteration of Demmel and Kahan (1990).
 *
 * The criteria for convergence, splitting and shifting are those of LAPACK's dbdsqr, whose structure this follows
 * (BSD-3-Clause, the University of Tennessee and others; see lapack-license.txt in the folder above).
 *
 * Where dbdsqr chases the bulge up or down, whichever meets small entries last, this always chases down, and turns the
 * block round instead: with both lists of entries reversed, an upper bidiagonal matrix keeps its singular values, and
 * its left and right vectors change places.
 */
import { clear, copy, get, rotate, set } from "./vectors.ts"

/** Relative machine precision, 2⁻⁵³. */
const epsilon: f64 = 1.1102230246251565e-16
/** Relative accuracy asked of each singular value: between 10 and 100 epsilon, as in dbdsqr; epsilon^(−1/8) is 98.7. */
const tolerance: f64 = 98.7 * 1.1102230246251565e-16
/** What counts as zero beside the largest entry; squares of smaller ones may underflow. */
const negligible: f64 = 1e-150
/** Sweeps a row, above which something is wrong: two or three are usual. */
const maxSweeps: i32 = 60

/**
 * Overwrites the `size` diagonal entries d by the singular values, neither sorted nor made positive, and the size − 1
 * entries e above them by zeros. Says whether it converged. Rows of `left` and `right`, `stride` apart, start as columns of
 * orthogonal matrices and end as these times the singular vectors; row i belongs to d[i]. `spare` has stride + size
 * numbers.
 */
export function bidiagonalQr(d: i32, e: i32, size: i32, left: i32, right: i32, stride: i32, spare: i32): boolean {
  // 1 where a block was turned round, and left and right have changed places, an odd number of times
  clear(spare + stride, size)
  const threshold = splitThreshold(d, e, size)
  let sweeps: i32 = 0
  let bottom = size - 1
  // the last block worked on, so that a new one is told from one that shrank
  let lastTop: i32 = -1, lastBottom: i32 = -1
  while (bottom > 0) {
    let top = bottom
    let largest = Math.abs(get(d + bottom))
    if (largest <= threshold) set(d + bottom, 0)
    while (top > 0) {
      const off = Math.abs(get(e + top - 1))
      if (off <= threshold) {
        set(e + top - 1, 0)
        break
      }
      top--
      const on = Math.abs(get(d + top))
      if (on <= threshold) set(d + top, 0)
      largest = Math.max(largest, Math.max(on, off))
    }
    if (top === bottom) {
      bottom--
      continue
    }
    if ((top > lastBottom || bottom < lastTop) && Math.abs(get(d + top)) < Math.abs(get(d + bottom))) {
      reverse(d + top, bottom - top + 1)
      reverse(e + top, bottom - top)
      for (let i = top; i <= bottom; i++) {
        exchange(left + i * stride, right + (top + bottom - i) * stride, stride, spare)
        set(spare + stride + i, 1 - get(spare + stride + i))
      }
    }
    lastTop = top
    lastBottom = bottom

    const smallest = splitAtNegligible(d, e, top, bottom)
    if (smallest < 0) continue
    if (sweeps > maxSweeps * size) return false
    sweeps++
    const shift = chooseShift(d, e, top, bottom, smallest / largest, size)
    const l = left + top * stride, r = right + top * stride
    if (shift === 0) sweepWithoutShift(d + top, e + top, bottom - top, l, r, stride)
    else sweep(d + top, e + top, bottom - top, shift, l, r, stride)
    if (Math.abs(get(e + bottom - 1)) <= threshold) set(e + bottom - 1, 0)
  }
  for (let i: i32 = 0; i < size; i++) {
    if (get(spare + stride + i) !== 0) exchange(left + i * stride, right + i * stride, stride, spare)
  }
  return true
}

/** Entries of at most this size are set to zero, which moves a singular value by a relative `tolerance` at most. */
function splitThreshold(d: i32, e: i32, size: i32): f64 {
  // bound: lower bound of the least singular value, times √size
  let largest = Math.abs(get(d))
  let bound = largest
  let mu = largest
  for (let i: i32 = 1; i < size; i++) {
    const on = Math.abs(get(d + i)), off = Math.abs(get(e + i - 1))
    largest = Math.max(largest, Math.max(on, off))
    if (bound > 0) {
      mu = on * (mu / (mu + off))
      bound = Math.min(bound, mu)
    }
  }
  return Math.max(tolerance * bound / Math.sqrt(size), negligible * largest)
}

/**
 * Zeroes entries above the diagonal that are negligible beside the diagonal's running lower bound. Returns that bound
 * for the whole block, or −1 when it did split.
 */
function splitAtNegligible(d: i32, e: i32, top: i32, bottom: i32): f64 {
  if (Math.abs(get(e + bottom - 1)) <= tolerance * Math.abs(get(d + bottom))) {
    set(e + bottom - 1, 0)
    return -1
  }
  let mu = Math.abs(get(d + top))
  let smallest = mu
  for (let i = top; i < bottom; i++) {
    const off = Math.abs(get(e + i))
    if (off <= tolerance * mu) {
      set(e + i, 0)
      return -1
    }
    mu = Math.abs(get(d + i + 1)) * (mu / (mu + off))
    smallest = Math.min(smallest, mu)
  }
  return smallest
}

/** The least singular value of the last 2×2 block; 0 where a shift would cost accuracy or gain nothing. */
function chooseShift(d: i32, e: i32, top: i32, bottom: i32, ratio: f64, size: i32): f64 {
  if (size * tolerance * ratio <= Math.max(epsilon, 0.01 * tolerance)) return 0
  const shift = smallerOfTwo(get(d + bottom - 1), get(e + bottom - 1), get(d + bottom))
  const relative = shift / Math.abs(get(d + top))
  return relative * relative < epsilon ? 0 : shift
}

/** One zero-shift QR sweep down `steps` + 1 rows: high relative accuracy for the least singular values. */
function sweepWithoutShift(d: i32, e: i32, steps: i32, left: i32, right: i32, stride: i32): void {
  let cosine: f64 = 1, lastCosine: f64 = 1, lastSine: f64 = 0
  for (let i: i32 = 0; i < steps; i++) {
    const f = get(d + i) * cosine, g = get(e + i)
    const r = Math.sqrt(f * f + g * g)
    if (i > 0) set(e + i - 1, lastSine * r)
    let sine: f64 = 0
    cosine = 1
    if (r !== 0) {
      const inverse: f64 = 1 / r
      cosine = f * inverse
      sine = g * inverse
    }
    const p = lastCosine * r, q = get(d + i + 1) * sine
    const s = Math.sqrt(p * p + q * q)
    lastCosine = 1
    lastSine = 0
    if (s !== 0) {
      const inverse: f64 = 1 / s
      lastCosine = p * inverse
      lastSine = q * inverse
    }
    set(d + i, s)
    rotate(right + i * stride, right + (i + 1) * stride, cosine, sine, stride)
    rotate(left + i * stride, left + (i + 1) * stride, lastCosine, lastSine, stride)
  }
  const last = get(d + steps) * cosine
  set(d + steps, last * lastCosine)
  set(e + steps - 1, last * lastSine)
}

/** One shifted QR sweep down `steps` + 1 rows. */
function sweep(d: i32, e: i32, steps: i32, shift: f64, left: i32, right: i32, stride: i32): void {
  const first = get(d)
  const sign: f64 = first < 0 ? -1 : 1
  let f = (Math.abs(first) - shift) * (sign + shift / first)
  let g = get(e)
  for (let i: i32 = 0; i < steps; i++) {
    const di = get(d + i), ei = get(e + i), below = get(d + i + 1)
    const r = Math.sqrt(f * f + g * g)
    let c: f64 = 1, s: f64 = 0
    if (r !== 0) {
      const inverse: f64 = 1 / r
      c = f * inverse
      s = g * inverse
    }
    if (i > 0) set(e + i - 1, r)
    const off = c * ei - s * di
    const on = c * di + s * ei
    const bulge = s * below
    const next = c * below
    const t = Math.sqrt(on * on + bulge * bulge)
    let c2: f64 = 1, s2: f64 = 0
    if (t !== 0) {
      const inverse: f64 = 1 / t
      c2 = on * inverse
      s2 = bulge * inverse
    }
    set(d + i, t)
    f = c2 * off + s2 * next
    set(d + i + 1, c2 * next - s2 * off)
    if (i < steps - 1) {
      const beyond = get(e + i + 1)
      g = s2 * beyond
      set(e + i + 1, c2 * beyond)
    }
    rotate(right + i * stride, right + (i + 1) * stride, c, s, stride)
    rotate(left + i * stride, left + (i + 1) * stride, c2, s2, stride)
  }
  set(e + steps - 1, f)
}

/** The smaller singular value of [[f, g], [0, h]], without needless over- or underflow, as LAPACK's dlas2. */
function smallerOfTwo(f: f64, g: f64, h: f64): f64 {
  const off = Math.abs(g)
  const low = Math.min(Math.abs(f), Math.abs(h)), high = Math.max(Math.abs(f), Math.abs(h))
  if (low === 0) return 0
  const sum = 1 + low / high, difference = (high - low) / high
  if (off < high) {
    const ratio = off / high
    const square = ratio * ratio
    return low * (2 / (Math.sqrt(sum * sum + square) + Math.sqrt(difference * difference + square)))
  }
  const ratio = high / off
  if (ratio === 0) return low * high / off
  const a = sum * ratio, b = difference * ratio
  return 2 * (low * (1 / (Math.sqrt(1 + a * a) + Math.sqrt(1 + b * b)))) * ratio
}

function reverse(at: i32, length: i32): void {
  for (let i: i32 = 0, j = length - 1; i < j; i++, j--) {
    const other = get(at + i)
    set(at + i, get(at + j))
    set(at + j, other)
  }
}

function exchange(a: i32, b: i32, length: i32, spare: i32): void {
  copy(spare, a, length)
  copy(a, b, length)
  copy(b, spare, length)
}
