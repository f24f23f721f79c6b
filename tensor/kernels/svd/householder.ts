import { clear, dot, get, scale, set } from "./vectors.ts"

/**
 * Sums of squares below this have lost digits to underflow, and a reflector made of them would not be orthogonal.
 * Entries that small are taken for zeros: callers scale their matrix so that its largest entry is above 1e-120.
 */
const underflow: f64 = 1e-280

/**
 * Overwrites x by the v, v[first] = 1, of the reflector H = I − tau·v·vᵀ that maps x[first, end) to (beta, 0, …, 0), and
 * what lies before `first` from the last multiple of four on by zeros. tau and beta go to `result`. tau is 0 where x
 * has that form already: H is then the identity. beta takes the sign opposite to x[first], so that nothing cancels
 * (Golub and Van Loan, Matrix Computations, section 5.1). x and end are multiples of four.
 */
export function householder(x: i32, first: i32, end: i32, result: i32): void {
  const start = first & ~3
  for (let i = start; i < first; i++) set(x + i, 0)
  const head = get(x + first)
  set(x + first, 0)
  const tail = dot(x + start, x + start, end - start)
  if (tail < underflow) {
    clear(x + start, end - start)
    set(x + first, 1)
    set(result, 0)
    set(result + 1, head)
    return
  }
  const norm = Math.sqrt(head * head + tail)
  const beta = head > 0 ? -norm : norm
  scale(x + start, 1 / (head - beta), end - start)
  set(x + first, 1)
  set(result, (beta - head) / beta)
  set(result + 1, beta)
}
