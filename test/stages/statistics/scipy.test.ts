/** Tests and intervals against scipy's answers (test/fixtures/statistics.py). */
import fc from "fast-check"
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { benjaminiHochberg } from "../../../stages/statistics/benjamini-hochberg.ts"
import { binomialTest, logBinomial } from "../../../stages/statistics/binomial.ts"
import { percentileInterval, quantile, resampledMeans } from "../../../stages/statistics/bootstrap.ts"
import { meanInterval } from "../../../stages/statistics/interval.ts"
import { logNormalTail } from "../../../stages/statistics/normal.ts"
import { proportionsTest } from "../../../stages/statistics/proportions.ts"
import { studentQuantile } from "../../../stages/statistics/student.ts"
import { stream } from "../../../tensor/random.ts"

const scipy = JSON.parse(readFileSync(new URL("../../fixtures/statistics.json", import.meta.url), "utf8"))

/** Within 1e-10, relatively. */
const expectClose = (found: number, wanted: number, name: unknown) =>
  expect(Math.abs(found - wanted), `${name}: ${found} and not ${wanted}`).toBeLessThanOrEqual(1e-10 * Math.abs(wanted))
/** p-values within 1e-10, relatively: their logarithms within 1e-10, or what a double of that size can hold. */
const expectCloseLog = (found: number, wanted: number, name: unknown) =>
  expect(Math.abs(found - wanted), `${name}: ${found} and not ${wanted}`).toBeLessThanOrEqual(
    Math.max(1e-10, 4e-16 * Math.abs(wanted))
  )

describe("the normal tail", () => {
  it("has its full relative precision, however small", () => {
    for (const [z, logP] of scipy.tails) expectCloseLog(logNormalTail(z), logP, z)
  })

  it("ends at infinity", () => {
    expect(logNormalTail(Infinity)).toBe(-Infinity)
    expect(logNormalTail(-Infinity)).toBeCloseTo(0, 15)
    expect(logNormalTail(NaN)).toBeNaN()
  })

  it("and the other tail make one, and a larger z has the smaller tail", () => {
    fc.assert(
      fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (z) => {
        expect(Math.exp(logNormalTail(z)) + Math.exp(logNormalTail(-z))).toBeCloseTo(1, 12)
        expect(logNormalTail(z + 1e-3)).toBeLessThan(logNormalTail(z))
      }),
      { seed: 7 }
    )
  })
})

describe("the two-proportion test", () => {
  it("is scipy's", () => {
    for (const [successes, trials, others, among, z, logP] of scipy.proportions) {
      const test = proportionsTest({ successes, trials }, { successes: others, trials: among })
      expectClose(test.z, z, [successes, trials])
      expectCloseLog(test.logP, logP, [successes, trials])
    }
  })

  it("is one-sided, and finds nothing between equal proportions", () => {
    const [more, fewer] = [{ successes: 60, trials: 100 }, { successes: 40, trials: 100 }]
    expect(proportionsTest(more, fewer).p + proportionsTest(fewer, more).p).toBeCloseTo(1, 12)
    expect(proportionsTest(more, { successes: 600, trials: 1000 })).toMatchObject({ z: 0, p: 0.5 })
  })
})

describe("the exact binomial test", () => {
  it("is scipy's", () => {
    for (const [k, n, p, wanted] of scipy.binomial) expectClose(binomialTest(k, n, p).p, wanted, [k, n, p])
  })

  it("is exact where p is too small for scipy", () => {
    for (const [k, n, logP] of scipy.deep) expectClose(binomialTest(k, n).logP, logP, [k, n])
  })

  it("counts probabilities that sum to one", () => {
    for (const [n, p] of [[1, 0.5], [30, 0.2], [400, 0.9]] as const) {
      const sum = Array.from({ length: n + 1 }, (_, k) => Math.exp(logBinomial(k, n, p))).reduce((a, b) => a + b)
      expect(sum).toBeCloseTo(1, 12)
    }
  })

  it("refuses counts that are none", () => {
    expect(() => binomialTest(3, 2)).toThrow("binomialTest(3, 2)")
    expect(() => binomialTest(0.5, 2)).toThrow(RangeError)
  })
})

describe("Benjamini and Hochberg's adjustment", () => {
  it("is scipy's", () => {
    const logQs = benjaminiHochberg(scipy.ps.map(Math.log))
    logQs.forEach((logQ, at) => expectClose(Math.exp(logQ), scipy.adjusted[at], scipy.ps[at]))
  })

  it("leaves out what is no test", () => {
    const [first, none, last] = benjaminiHochberg([Math.log(0.01), NaN, -2000])
    expect(first).toBeCloseTo(Math.log(0.01), 12)
    expect(none).toBeNaN()
    expect(last).toBeCloseTo(-2000 + Math.LN2, 10)
    expect(benjaminiHochberg([])).toEqual([])
  })
})

describe("the interval of a mean", () => {
  it("has scipy's quantiles of Student's t", () => {
    for (const [level, freedom, t] of scipy.student) expectClose(studentQuantile(level, freedom), t, [level, freedom])
    expect(() => studentQuantile(0.95, 0)).toThrow(RangeError)
  })

  it("is scipy's", () => {
    for (const [values, low, high] of scipy.intervals) {
      const interval = meanInterval(values)!
      expectClose(interval.low, low, values)
      expectClose(interval.high, high, values)
    }
  })

  it("is not given for one value", () => {
    expect(meanInterval([4.2])).toBeUndefined()
    expect(meanInterval([])).toBeUndefined()
  })
})

describe("the bootstrap", () => {
  const { high, low, strata } = scipy.bootstrap as { strata: Array<Array<number>>; low: number; high: number }
  const resampled = (resamples: number, seed = 1) => resampledMeans(strata, resamples, stream(seed, "bootstrap"))

  it("takes quantiles as numpy does", () => {
    for (const [values, p, wanted] of scipy.quantiles) expectClose(quantile(values, p), wanted, p)
  })

  it("gives scipy's percentile interval, up to chance", () => {
    // The ends of an interval of 20,000 resamples vary by about 0.02 deviations, here by 0.0005.
    const interval = percentileInterval(resampled(20_000))
    expect(Math.abs(interval.low - low)).toBeLessThan(0.002)
    expect(Math.abs(interval.high - high)).toBeLessThan(0.002)
  })

  it("gives the same again, and no width where nothing varies", () => {
    expect(percentileInterval(resampled(200))).toEqual(percentileInterval(resampled(200)))
    expect(percentileInterval(resampled(200))).not.toEqual(percentileInterval(resampled(200, 2)))
    const constant = resampledMeans([[1, 1, 1], [0, 0]], 50, stream(1, "bootstrap"))
    expect(percentileInterval(constant)).toEqual({ low: 0.5, high: 0.5 })
  })
})
