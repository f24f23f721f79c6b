/** The upper tail of the standard normal law, exact however far out. */

const halfLogTwoPi = 0.5 * Math.log(2 * Math.PI)
const logDensity = (z: number): number => -0.5 * z * z - halfLogTwoPi

/** Φ(z) − ½ for 0 ≤ z: φ(z)·(z + z³/3 + z⁵/(3·5) + …) (Abramowitz & Stegun 26.2.11). */
const centralMass = (z: number): number => {
  let term = z
  let sum = 0
  for (let odd = 1; sum + term !== sum; odd += 2) {
    sum += term
    term *= z * z / (odd + 2)
  }
  return Math.exp(logDensity(z)) * sum
}

/** (1 − Φ(z)) / φ(z) for z well above 0: 1/(z + 1/(z + 2/(z + 3/(z + …)))) (Abramowitz & Stegun 26.2.14). */
const millsRatio = (z: number): number => {
  let fraction = z
  for (let depth = 200; depth >= 1; depth--) fraction = z + depth / fraction
  return 1 / fraction
}

/** Natural logarithm of the probability that a standard normal variable exceeds z; exact far into the tail. */
export const logNormalTail = (z: number): number => {
  if (Number.isNaN(z)) return NaN
  if (z >= 3) return z === Infinity ? -Infinity : logDensity(z) + Math.log(millsRatio(z))
  if (z >= -3) return Math.log(0.5 - Math.sign(z) * centralMass(Math.abs(z)))
  return Math.log1p(-Math.exp(logNormalTail(-z)))
}
