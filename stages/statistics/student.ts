/** Student's t for intervals of a mean. */

/** P(|T| ≤ t) for a whole number of degrees of freedom (Abramowitz & Stegun 26.7.3 and 26.7.4). */
const centralMass = (t: number, freedom: number): number => {
  const angle = Math.atan2(t, Math.sqrt(freedom))
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const odd = freedom % 2 === 1
  let term = odd ? cosine : 1
  let sum = 0
  for (let k = odd ? 1 : 0; k <= freedom - 2; k += 2) {
    sum += term
    term *= cosine * cosine * (k + 1) / (k + 2)
  }
  return odd ? 2 / Math.PI * (angle + sine * sum) : sine * sum
}

/** t that |T| stays below with probability `level`, for a whole number of degrees of freedom from 1. */
export const studentQuantile = (level: number, freedom: number): number => {
  if (!Number.isInteger(freedom) || freedom < 1 || !(level > 0 && level < 1)) {
    throw new RangeError(
      `studentQuantile(${level}, ${freedom}): needs 0 < level < 1 and whole degrees of freedom from 1`
    )
  }
  let [low, high] = [0, 1]
  while (centralMass(high, freedom) < level) high *= 2
  for (;;) {
    const middle = low + (high - low) / 2
    if (middle <= low || middle >= high) return middle
    if (centralMass(middle, freedom) < level) low = middle
    else high = middle
  }
}
