import fc from "fast-check"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { overallAccuracy } from "../../../stages/evaluate/scoring.ts"
import { logNormalTail, proportionsTest } from "../../../stages/evaluate/statistics.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const published = join(shared, "published", "blimp.csv")
const missing = existsSync(published) ? "" : ` (skipped: no ${published})`

describe("the normal tail", () => {
  it.each([
    [0, 0.5],
    [1, 0.15865525393145707],
    [1.959963984540054, 0.025],
    [-1.959963984540054, 0.975],
    [3, 0.0013498980316300933],
    [5, 2.866515718791939e-7],
    [10, 7.619853024160527e-24],
    [37, 5.725571222524577e-300]
  ])("beyond %f is %f", (z, tail) => {
    expect(Math.exp(logNormalTail(z)) / tail).toBeCloseTo(1, 12)
  })

  it("stays finite where it is too small for a number, and ends at infinity", () => {
    expect(logNormalTail(40)).toBeCloseTo(-804.6084420137538, 9)
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
  it("finds nothing between equal proportions", () => {
    expect(proportionsTest({ successes: 50, trials: 100 }, { successes: 500, trials: 1000 })).toMatchObject({
      z: 0,
      p: 0.5
    })
  })

  it("is one-sided", () => {
    const [more, fewer] = [{ successes: 60, trials: 100 }, { successes: 40, trials: 100 }]
    expect(proportionsTest(more, fewer).p + proportionsTest(fewer, more).p).toBeCloseTo(1, 12)
    expect(proportionsTest(more, fewer).p).toBeCloseTo(0.002338867490523633, 12)
  })

  it.skipIf(missing !== "").each([["tiny", "1.21e-24"], ["small", "7.43e-166"]])(
    `gives the published p of %s models: %s${missing}`,
    (size, p) => {
      const rows = readFileSync(published, "utf8").trim().split("\n").slice(1).map((line) => line.split(","))
      const accuracyOf = (method: string) => {
        const paradigms = rows.filter((row) => row[0] === size && row[1] === method && row[2] === "20000")
        expect(paradigms).toHaveLength(67)
        return overallAccuracy(paradigms.map((row) => ({ phenomenon: "", correct: Number(row[4]), pairs: 1 })))
      }
      const of = (method: string) => ({ successes: 67_000 * accuracyOf(method), trials: 67_000 })
      expect(proportionsTest(of("full-rank"), of("relora")).p.toExponential(2)).toBe(p)
    }
  )
})
