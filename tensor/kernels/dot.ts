/** Σ a[i]·b[j] over `length` neighbouring entries from i and j; four partial sums, so that additions overlap. */
export const dot = (a: Float64Array, i: number, b: Float64Array, j: number, length: number): number => {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0
  const end = i + length
  for (; i + 3 < end; i += 4, j += 4) {
    s0 += a[i]! * b[j]!
    s1 += a[i + 1]! * b[j + 1]!
    s2 += a[i + 2]! * b[j + 2]!
    s3 += a[i + 3]! * b[j + 3]!
  }
  for (; i < end; i++, j++) s0 += a[i]! * b[j]!
  return s0 + s1 + (s2 + s3)
}
