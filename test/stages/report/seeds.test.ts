import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { compose } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

it("several seeds have a column, a spread, and lines of their own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "report-seeds-"))
  const inputs = writeInputs(folder, { seeds: [42, 43, 44], blimp: false })
  const report = await withDatabase(
    new AbortController().signal,
    (database) => compose(database, config([42, 43, 44]), inputs)
  )
  rmSync(folder, { recursive: true })
  const table = (name: string) => report.tables.find((table) => table.name === name)

  expect(table("loss")!.columns.map(({ name }) => name)).toContain("seed")
  expect(table("loss")!.rows).toHaveLength(2 * 3 * 3)
  // losses are 4, 4.125 and 4.25
  expect(table("seeds")!.rows[0]).toMatchObject({
    measure: "training loss (nats/token)",
    size: "nano",
    arm: "full-rank",
    seeds: 3,
    mean: 4.125,
    deviation: 0.125,
    // t(0.975; 2) is 0.95 · √(2 / (1 − 0.95²))
    low: expect.closeTo(4.125 - 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)) * 0.125 / Math.sqrt(3), 12),
    smallest: 4,
    largest: 4.25
  })
  // every seed has the same pairs right, so an interval over seeds is a point
  const difference = table("accuracy-differences")!.rows[0]!
  expect([difference["difference"], difference["seed_low"], difference["seed_high"]]).toEqual(
    [-4, -4, -4].map((points) => expect.closeTo(points, 10))
  )
  expect(report.findings.join("\n")).not.toContain("no interval over seeds")
  // without BLiMP there is no table, no column and no figure of it
  expect(table("minimal-pairs-blimp")).toBeUndefined()
  expect(table("checkpoints")!.columns.map(({ name }) => name)).not.toContain("blimp")
  expect(report.figures.filter(({ name }) => name.includes("blimp"))).toEqual([])
})
