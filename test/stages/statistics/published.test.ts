import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { overallAccuracy } from "../../../stages/evaluate/scoring.ts"
import { correctAtEnd } from "../../../stages/report/published.ts"
import { proportionsTest } from "../../../stages/statistics/proportions.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const table = join(shared, "published", "blimp.csv")
const missing = existsSync(table) ? "" : ` (skipped: no ${table})`

const trials = 67_000
const ps = [["tiny", "1.21e-24"], ["small", "7.43e-166"]] as const

describe("the published tests of overall BLiMP accuracy", () => {
  it.each(ps)("of %s models gave p = %s", (size, p) => {
    const [fullRank, relora] = correctAtEnd[size].map((successes) => ({ successes, trials }))
    expect(proportionsTest(fullRank!, relora!).p.toExponential(2)).toBe(p)
  })

  it.skipIf(missing !== "").each(ps)(`follow from the accuracies by paradigm: %s, %s${missing}`, (size, p) => {
    const rows = readFileSync(table, "utf8").trim().split("\n").slice(1).map((line) => line.split(","))
    const [fullRank, relora] = ["full-rank", "relora"].map((method) => {
      const paradigms = rows.filter((row) => row[0] === size && row[1] === method && row[2] === "20000")
      expect(paradigms).toHaveLength(67)
      const accuracy = overallAccuracy(
        paradigms.map((row) => ({ phenomenon: "", correct: Number(row[4]), pairs: 1 }))
      )
      return { successes: trials * accuracy, trials }
    })
    expect([fullRank, relora].map(({ successes } = { successes: 0, trials }) => Math.round(successes))).toEqual(
      correctAtEnd[size]
    )
    expect(proportionsTest(fullRank!, relora!).p.toExponential(2)).toBe(p)
  })
})
