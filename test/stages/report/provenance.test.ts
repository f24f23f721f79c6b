import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { load } from "../../../stages/report/load.ts"
import { basesOf } from "../../../stages/report/provenance/bases.ts"
import { merged } from "../../../stages/report/provenance/origins.ts"
import { reader } from "../../../stages/report/provenance/reads.ts"
import { stream } from "../../../tensor/random.ts"
import { config, writeInputs } from "../../fixtures/report.ts"
import { inLab, type Lab, ofFacts, ofSettings, survey } from "./perturbation.ts"

const folder = mkdtempSync(join(tmpdir(), "report-provenance-"))
afterAll(() => rmSync(folder, { recursive: true }))

const numbers = stream(1, "perturbations")
/** Some of many, another at each place that is asked for. */
const draw = <A>(items: ReadonlyArray<A>): A => items[numbers.below(items.length)]!

const inputOf = (lab: Lab, table: string, leaf: string) =>
  lab.inputs.find((input) => input.table === table && input.leaf.includes(leaf))!

describe("what a query reads", () => {
  it("is found through views, in subqueries and pivots, and names of its own count for nothing", () =>
    withDatabase(new AbortController().signal, async (database) => {
      const inputs = writeInputs(folder)
      await load(database, config(), inputs)
      const { reads } = await reader(database, basesOf(inputs.digests))
      const found = async (sql: string) => {
        const { tables, views } = await reads(sql)
        return { tables: [...tables].toSorted(), views }
      }
      expect(await found("with metrics as (from perplexity) select (select max(step) from scores) from metrics"))
        .toEqual({
          tables: ["perplexity", "scores"],
          views: []
        })
      expect(await found("from components")).toEqual({
        tables: ["arms", "spectra", "study"],
        views: ["layers", "components"]
      })
      expect(await found("with by_arm as (pivot accuracy on arm using max(correct)) from by_arm, packed")).toEqual({
        tables: ["accuracy", "packed"],
        views: []
      })
      await expect(reads("update metrics set loss = 0")).rejects.toThrow("SELECT")
    }))
})

describe("origins", () => {
  it("of one input are one, whose rows any of them counts", () => {
    const origin = (leaf: string, rows: string) => ({ leaf, digest: "", rows, about: "" })
    expect(merged([origin("b", "y = 1"), origin("a", "x = 2"), origin("b", "x = 1"), origin("b", "y = 1")])).toEqual([
      origin("a", "x = 2"),
      origin("b", "(x = 1) or (y = 1)")
    ])
    expect(merged([origin("a", "x = 2"), origin("a", "")])).toEqual([origin("a", "")])
  })
})

// All inputs, settings and figures: provenance.exhaustive.test.ts
describe("a cell", () => {
  it(
    "does not change with an input, a row, a setting or a published figure that it does not name",
    () =>
      inLab(config(), writeInputs(folder), async (lab) => {
        const [settings, facts] = [await ofSettings(lab), await ofFacts(lab)]
        const inputs = ["metrics", "spectra", "perplexity", "similarity"].map((table) =>
          draw(lab.inputs.filter((input) => input.table === table && !/step=(5|10)\]/.test(input.leaf)))
        )
        const perturbations = [
          ...inputs.map((input) => ({ ...input, row: false })),
          ...await Promise.all(
            inputs.slice(0, 2).map(async ({ leaf, table, where }) => ({
              leaf,
              table,
              where: `rowid = ${draw(await lab.rowsOf(table, where))}`,
              row: true
            }))
          ),
          draw(settings.filter(({ table }) => table === "claims")),
          draw(facts.filter(({ table }) => table === "published_curves"))
        ]
        const { changed, unnamed } = await survey(lab, perturbations)
        expect(unnamed).toEqual([])
        expect(changed).toBeGreaterThan(50)
        // What this test would say of a source that is not named.
        const { leaf } = inputOf(lab, "perplexity", "nano,arm=relora")
        const other = { ...inputOf(lab, "perplexity", "nano,arm=full-rank,seed=42,step=20"), leaf, row: false }
        expect((await survey(lab, [other])).unnamed).toContain(
          `${leaf} where ${other.where} changed loss/0/nats_per_token`
        )
      }),
    120_000
  )
})
