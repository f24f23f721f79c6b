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
    smallest: 4,
    largest: 4.25
  })
  // without BLiMP there is no table, no column and no figure of it
  expect(table("minimal-pairs-blimp")).toBeUndefined()
  expect(table("checkpoints")!.columns.map(({ name }) => name)).not.toContain("blimp")
  expect(report.figures.filter(({ name }) => name.includes("blimp"))).toEqual([])
})
