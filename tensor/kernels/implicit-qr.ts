/**
 * Singular values of an upper bidiagonal matrix by the implicit zero-shift QR iteration of Demmel and Kahan (1990).
 *
 * The criteria for convergence, splitting and shifting are those of LAPACK's dbdsqr, whose structure this follows
 * (BSD-3-Clause, the University of Tennessee and others; see lapack-license.txt beside this file).
 *
 * Where dbdsqr chases the bulge up or down, whichever meets small entries last, this always chases down, and turns the
 * block round instead: with both lists of entries reversed, an upper bidiagonal matrix keeps its singular values.
 */
import type { Bidiagonal } from "./bidiagonalise.ts"

/** Relative machine precision, 2⁻⁵³. */
const epsilon = Number.EPSILON / 2
/** Relative accuracy asked of each singular value: between 10 and 100 epsilon, as in dbdsqr; epsilon^(−1/8) is 98.7. */
const tolerance = 98.7 * epsilon
/** What counts as zero beside the largest entry; squares of smaller ones may underflow. */
const negligible = 1e-150
/** Sweeps a row, above which something is wrong: two or three are usual. */
const maxSweeps = 60

/** Overwrites the bidiagonal; returns its singular values in descending order. */
export const implicitQr = ({ diagonal: d, superdiagonal: e }: Bidiagonal): Float64Array => {
  const threshold = splitThreshold(d, e)
  let sweeps = 0
  let bottom = d.length - 1
  // the last block worked on, so that a new one is told from one that shrank
  let lastTop = -1, lastBottom = -1
  while (bottom > 0) {
    let top = bottom
    let largest = Math.abs(d[bottom]!)
    if (largest <= threshold) d[bottom] = 0
    while (top > 0) {
      const off = Math.abs(e[top - 1]!)
      if (off <= threshold) {
        e[top - 1] = 0
        break
      }
      top--
      const on = Math.abs(d[top]!)
      if (on <= threshold) d[top] = 0
      largest = Math.max(largest, on, off)
    }
    if (top === bottom) {
      bottom--
      continue
    }
    if (top === bottom - 1) {
      const [smaller, larger] = twoByTwo(d[top]!, e[top]!, d[bottom]!)
      d[top] = larger
      d[bottom] = smaller
      e[top] = 0
      bottom -= 2
      continue
    }
    if ((top > lastBottom || bottom < lastTop) && Math.abs(d[top]!) < Math.abs(d[bottom]!)) {
      d.subarray(top, bottom + 1).reverse()
      e.subarray(top, bottom).reverse()
    }
    lastTop = top
    lastBottom = bottom

    const smallest = splitAtNegligible(d, e, top, bottom)
    if (smallest === undefined) continue
    if (sweeps++ > maxSweeps * d.length) {
      throw new Error(`the QR iteration did not converge: rows ${top} to ${bottom} of ${d.length}, ${sweeps} sweeps`)
    }
    const shift = chooseShift(d, e, top, bottom, smallest / largest)
    if (shift === 0) sweepWithoutShift(d, e, top, bottom)
    else sweep(d, e, top, bottom, shift)
    if (Math.abs(e[bottom - 1]!) <= threshold) e[bottom - 1] = 0
  }
  return d.map(Math.abs).sort().reverse()
}

/** Entries of at most this size are set to zero, which moves a singular value by a relative `tolerance` at most. */
const splitThreshold = (d: Float64Array, e: Float64Array): number => {
  let largest = 0
  for (const value of d) largest = Math.max(largest, Math.abs(value))
  for (const value of e) largest = Math.max(largest, Math.abs(value))
  // lower bound of the least singular value, times √n
  let bound = Math.abs(d[0] ?? 0)
  let mu = bound
  for (let i = 1; i < d.length && bound > 0; i++) {
    mu = Math.abs(d[i]!) * (mu / (mu + Math.abs(e[i - 1]!)))
    bound = Math.min(bound, mu)
  }
  return Math.max(tolerance * bound / Math.sqrt(d.length), negligible * largest)
}

/**
 * Zeroes entries above the diagonal that are negligible beside the diagonal's running lower bound. Returns that bound
 * for the whole block, or nothing when it did split.
 */
const splitAtNegligible = (d: Float64Array, e: Float64Array, top: number, bottom: number): number | undefined => {
  if (Math.abs(e[bottom - 1]!) <= tolerance * Math.abs(d[bottom]!)) {
    e[bottom - 1] = 0
    return undefined
  }
  let mu = Math.abs(d[top]!)
  let smallest = mu
  for (let i = top; i < bottom; i++) {
    const off = Math.abs(e[i]!)
    if (off <= tolerance * mu) {
      e[i] = 0
      return undefined
    }
    mu = Math.abs(d[i + 1]!) * (mu / (mu + off))
    smallest = Math.min(smallest, mu)
  }
  return smallest
}

/** The least singular value of the last 2×2 block; 0 where a shift would cost accuracy or gain nothing. */
const chooseShift = (d: Float64Array, e: Float64Array, top: number, bottom: number, ratio: number): number => {
  if (d.length * tolerance * ratio <= Math.max(epsilon, 0.01 * tolerance)) return 0
  const [shift] = twoByTwo(d[bottom - 1]!, e[bottom - 1]!, d[bottom]!)
  const relative = shift / Math.abs(d[top]!)
  return relative * relative < epsilon ? 0 : shift
}

/** One zero-shift QR sweep down the block: high relative accuracy for the least singular values. */
const sweepWithoutShift = (d: Float64Array, e: Float64Array, top: number, bottom: number): void => {
  let cosine = 1, lastCosine = 1, lastSine = 0
  for (let i = top; i < bottom; i++) {
    const f = d[i]! * cosine, g = e[i]!
    const r = Math.sqrt(f * f + g * g)
    if (i > top) e[i - 1] = lastSine * r
    cosine = r === 0 ? 1 : f / r
    const sine = r === 0 ? 0 : g / r
    const p = lastCosine * r, q = d[i + 1]! * sine
    const s = Math.sqrt(p * p + q * q)
    lastCosine = s === 0 ? 1 : p / s
    lastSine = s === 0 ? 0 : q / s
    d[i] = s
  }
  const last = d[bottom]! * cosine
  d[bottom] = last * lastCosine
  e[bottom - 1] = last * lastSine
}

/** One shifted QR sweep down the block. */
const sweep = (d: Float64Array, e: Float64Array, top: number, bottom: number, shift: number): void => {
  const first = d[top]!
  let f = (Math.abs(first) - shift) * ((first < 0 ? -1 : 1) + shift / first)
  let g = e[top]!
  for (let i = top; i < bottom; i++) {
    const di = d[i]!, ei = e[i]!, below = d[i + 1]!
    const r = Math.sqrt(f * f + g * g)
    const c = r === 0 ? 1 : f / r, s = r === 0 ? 0 : g / r
    if (i > top) e[i - 1] = r
    const off = c * ei - s * di
    const diagonal = c * di + s * ei
    const bulge = s * below
    const next = c * below
    const t = Math.sqrt(diagonal * diagonal + bulge * bulge)
    const c2 = t === 0 ? 1 : diagonal / t, s2 = t === 0 ? 0 : bulge / t
    d[i] = t
    f = c2 * off + s2 * next
    d[i + 1] = c2 * next - s2 * off
    if (i < bottom - 1) {
      g = s2 * e[i + 1]!
      e[i + 1]! *= c2
    }
  }
  e[bottom - 1] = f
}

/** Singular values, smaller first, of [[f, g], [0, h]] without needless over- or underflow, as LAPACK's dlas2. */
const twoByTwo = (f: number, g: number, h: number): readonly [number, number] => {
  const off = Math.abs(g)
  const low = Math.min(Math.abs(f), Math.abs(h)), high = Math.max(Math.abs(f), Math.abs(h))
  if (low === 0) {
    const larger = Math.max(high, off)
    if (larger === 0) return [0, 0]
    const ratio = Math.min(high, off) / larger
    return [0, larger * Math.sqrt(1 + ratio * ratio)]
  }
  const sum = 1 + low / high, difference = (high - low) / high
  if (off < high) {
    const ratio = off / high
    const square = ratio * ratio
    const c = 2 / (Math.sqrt(sum * sum + square) + Math.sqrt(difference * difference + square))
    return [low * c, high / c]
  }
  const ratio = high / off
  if (ratio === 0) return [low * high / off, off]
  const a = sum * ratio, b = difference * ratio
  const c = 1 / (Math.sqrt(1 + a * a) + Math.sqrt(1 + b * b))
  return [2 * (low * c) * ratio, off / (c + c)]
}
