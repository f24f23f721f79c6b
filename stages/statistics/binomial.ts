/** The binomial law and its exact test. */
import { fromLogP, type TestResult } from "./test-result.ts"

/** log n! less Stirling's n log n − n + ½ log 2πn; the series is exact to double precision from 16 on. */
const stirlingError = (n: number): number => {
  if (n >= 16) {
    const square = n * n
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / 1188 / square) / square) / square) / square) / n
  }
  if (n === 0) return 0
  let logFactorial = 0
  for (let i = 2; i <= n; i++) logFactorial += Math.log(i)
  return logFactorial - (n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n))
}

/** x log(x/mean) + mean − x, without cancellation where x is near the mean. */
const deviance = (x: number, mean: number): number => {
  if (x === 0) return mean
  const v = (x - mean) / (x + mean)
  if (Math.abs(v) >= 0.1) return x * Math.log(x / mean) + mean - x
  // log(x/mean) = 2·artanh v
  let sum = (x - mean) * v
  let term = 2 * x * v
  for (let odd = 3;; odd += 2) {
    term *= v * v
    const next = sum + term / odd
    if (next === sum) return sum
    sum = next
  }
}

/**
 * Natural logarithm of the probability of k successes in n trials, each with probability p, 0 < p < 1. By Loader's
 * saddle-point form ("Fast and accurate computation of binomial probabilities", 2000), in which nothing large cancels.
 */
export const logBinomial = (k: number, n: number, p: number): number => {
  if (k < 0 || k > n) return -Infinity
  if (k === 0) return n * Math.log1p(-p)
  if (k === n) return n * Math.log(p)
  const errors = stirlingError(n) - stirlingError(k) - stirlingError(n - k)
  return errors - deviance(k, n * p) - deviance(n - k, n * (1 - p)) +
    0.5 * Math.log(n / (2 * Math.PI * k * (n - k)))
}

/** log Σ P(j) over j from k outwards to 0 or to n. */
const logTail = (k: number, n: number, p: number, up: boolean): number => {
  if (k < 0 || k > n) return -Infinity
  const odds = p / (1 - p)
  let term = 1
  let sum = 0
  for (let j = k; sum + term !== sum && j >= 0 && j <= n; j += up ? 1 : -1) {
    sum += term
    term *= up ? (n - j) / (j + 1) * odds : j / (n - j + 1) / odds
  }
  return logBinomial(k, n, p) + Math.log(sum)
}

/** First of low … high for which a condition holds that, once it holds, goes on holding; high + 1 where it never does. */
const firstWhere = (low: number, high: number, holds: (j: number) => boolean): number => {
  let [from, to] = [low, high + 1]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (holds(middle)) to = middle
    else from = middle + 1
  }
  return from
}

/**
 * Exact two-sided test that the probability of success is p: the probability of all outcomes no likelier than k, as
 * scipy.stats.binomtest defines it (an outcome within 1e-7 counts as equally likely).
 */
export const binomialTest = (k: number, n: number, p = 0.5): TestResult => {
  if (!Number.isInteger(k) || !Number.isInteger(n) || k < 0 || k > n) {
    throw new RangeError(`binomialTest(${k}, ${n}): needs whole numbers, 0 ≤ successes ≤ trials`)
  }
  if (k === n * p) return fromLogP(0)
  const limit = logBinomial(k, n, p) + Math.log1p(1e-7)
  const below = k < n * p
  const mode = Math.floor((n + 1) * p)
  // On the other side of the mode probabilities fall towards the end.
  const other = below
    ? firstWhere(Math.ceil(n * p), n, (j) => logBinomial(j, n, p) <= limit)
    : mode - firstWhere(0, mode, (distance) => logBinomial(mode - distance, n, p) <= limit)
  const [near, far] = [logTail(k, n, p, !below), logTail(other, n, p, below)]
  const larger = Math.max(near, far)
  return fromLogP(Math.min(0, larger + Math.log(Math.exp(near - larger) + Math.exp(far - larger))))
}
