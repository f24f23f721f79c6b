import { dot } from "./dot.ts"

/** A reflector H = I − tau·v·vᵀ with v[0] = 1 that maps a vector x to (beta, 0, …, 0). */
export interface Reflector {
  /** 0 when x already has that form: H is then the identity. */
  readonly tau: number
  readonly beta: number
}

/**
 * Sums of squares below this have lost digits to underflow, and a reflector made of them would not be orthogonal.
 * Entries that small are taken for zeros: callers scale their matrix so that its largest entry is above 1e-120.
 */
const underflow = 1e-280

/**
 * Overwrites x = values[start, end) by v and returns the rest of its reflector. beta takes the sign opposite to x[0],
 * so that nothing cancels (Golub and Van Loan, Matrix Computations, section 5.1).
 */
export const householder = (values: Float64Array, start: number, end: number): Reflector => {
  const first = values[start]!
  const tail = dot(values, start + 1, values, start + 1, end - start - 1)
  values[start] = 1
  if (tail < underflow) {
    values.fill(0, start + 1, end)
    return { tau: 0, beta: first }
  }
  const norm = Math.sqrt(first * first + tail)
  const beta = first > 0 ? -norm : norm
  const factor = 1 / (first - beta)
  for (let j = start + 1; j < end; j++) values[j]! *= factor
  return { tau: (beta - first) / beta, beta }
}
