import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { compose, type Report } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

const folder = mkdtempSync(join(tmpdir(), "report-claims-"))
const reportOf = (seeds: ReadonlyArray<number>) =>
  withDatabase(
    new AbortController().signal,
    (database) => compose(database, config(seeds), writeInputs(join(folder, String(seeds.length)), { seeds }))
  )
let single: Report
let several: Report
beforeAll(async () => {
  single = await reportOf([42])
  several = await reportOf([42, 43, 44])
})
afterAll(() => rmSync(folder, { recursive: true }))

const rows = (report: Report, table: string, number: number) =>
  report.tables.find(({ name }) => name === table)!.rows.filter((row) => row["number"] === number)
const verdict = (report: Report, number: number) => rows(report, "claims", number)[0]!["verdict"]

describe("claims", () => {
  it("hold or fail where the interval lies on one side", () => {
    // relora's held-out loss is 0.25 above full-rank's in every domain and at both sizes
    expect(verdict(single, 1)).toBe("holds")
    expect(verdict(single, 2)).toBe("fails")
    expect(rows(single, "claim-effects", 1)).toMatchObject([
      { scope: "nano", effect: 0.25, replicates: 2, over: "domains" },
      { scope: "micro", effect: 0.25, replicates: 2, over: "domains" }
    ])
  })

  it("about a gap between sizes fail where it stays as it is", () => {
    expect(rows(single, "claim-effects", 3)).toMatchObject([{ scope: "nano → micro", effect: 0, low: 0, high: 0 }])
    expect(verdict(single, 3)).toBe("fails")
  })

  it("are about more than a margin where they name one", () => {
    // two pairs of fifty fewer: 4 points less in each paradigm, beyond the margin of 3
    expect(rows(single, "claim-effects", 4)[0]).toMatchObject({ effect: -4, margin: 3, over: "paradigms" })
    expect(verdict(single, 4)).toBe("holds")
  })

  it("stand beside what the published runs say of them", () => {
    const published = (number: number) => rows(single, "claims", number)[0]!["published"]
    expect(published(1)).toBe("tiny +0.104, small +0.405 (logarithm of perplexity by text, Paloma)")
    expect(published(3)).toBe("tiny → small +0.301 (logarithm of perplexity by text, Paloma)")
    expect(published(4)).toBe("tiny −2.680, small −7.060 (BLiMP)")
    expect(published(6)).toBe("small +0.000 (PER of stored weights, step 100 to 2,100)")
    // compared with a number that is no arm
    expect(published(9)).toBeNull()
    expect(rows(single, "claim-effects", 8).map((row) => row["published_size"])).toEqual(["tiny", "small"])
    // the mean of the nine resets' jumps: −0.011, 0.671, 0.329, …
    expect(rows(single, "claim-effects", 8)[0]!["published_effect"]).toBeCloseTo(1.437 / 9, 3)
  })

  it("about equality ask for equal bits", () => {
    expect(verdict(single, 5)).toBe("holds")
    expect(verdict(single, 6)).toBe("fails")
    expect(rows(single, "claim-effects", 6).map(({ scope }) => scope)).toEqual(["micro"])
  })

  it("are undecided on one value, and say what they need", () => {
    expect(rows(single, "claims", 7)[0]).toMatchObject({ verdict: "undecided", needs: "more than one of merges" })
    expect(rows(single, "claims", 10)[0]).toMatchObject({
      verdict: "undecided",
      needs: "nothing of it is measured in this study"
    })
  })

  it("are judged over seeds where a study has several", () => {
    expect(verdict(several, 7)).toBe("holds")
    expect(verdict(several, 8)).toBe("holds")
    expect(rows(several, "claim-effects", 8)[0]).toMatchObject({ replicates: 3, over: "seeds" })
  })

  it("take Student's interval over their values", () => {
    // PER of stored weights in the fixture: 0.88, 0.87, 0.86 at its last step, for each of two components
    const row = rows(single, "claim-effects", 9)[0]!
    const values = [0.88, 0.88, 0.87, 0.87, 0.86, 0.86].map((per) => per - 0.9)
    const mean = values.reduce((sum, value) => sum + value, 0) / 6
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 5)
    expect(row["effect"]).toBeCloseTo(mean, 12)
    expect(row["high"]).toBeCloseTo(mean + 2.5705818356363146 * deviation / Math.sqrt(6), 12)
    expect(verdict(single, 9)).toBe("fails")
  })
})
