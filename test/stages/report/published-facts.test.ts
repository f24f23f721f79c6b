/** Published figures are facts: what the report holds is held against what was written down from the sources, figure by figure. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { withDatabase } from "../../../stages/report/database.ts"
import { loadPublished } from "../../../stages/report/published-tables.ts"
import * as published from "../../../stages/report/published.ts"
import type { Value } from "../../../stages/report/table.ts"

const fixture = readFileSync(new URL("../../fixtures/published-facts.tsv", import.meta.url), "utf8")
const written = new Map(
  fixture.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) =>
    line.split("\t") as [string, string]
  )
)

/** Columns that name a figure, and columns whose values they name, of each of the report's published tables. */
const tables: Readonly<
  Record<string, readonly [kind: string, names: ReadonlyArray<string>, values: ReadonlyArray<string>]>
> = {
  published_models: [
    "'model'",
    ["size"],
    ["width", "hidden", "layers", "heads", "kv_heads", "vocabulary", "parameters", "relora_total", "relora_trained"]
  ],
  published_curves: ["'curve'", ["size", "method", "step"], ["loss", "perplexity", "blimp"]],
  published_merges: ["'merge'", ["size", "step"], ["loss_before", "loss_after"]],
  published_spectra: ["kind", ["component", "size", "method", "step"], ["per", "condition_number"]],
  published_costs: ["'cost'", ["size", "method"], ["gpus", "gpu_hours", "wall_hours"]],
  published_settings: ["'setting'", ["setting"], ["full_rank", "relora"]],
  published_paradigms: ["'paradigm'", ["paradigm", "size", "method"], ["percent"]]
}

/** Every figure that the queries see, under the name that the fixture gives it. */
const held = (): Promise<ReadonlyMap<string, Value>> =>
  withDatabase(new AbortController().signal, async (database) => {
    await loadPublished(database)
    const found = new Map<string, Value>()
    for (const [table, [kind, names, values]] of Object.entries(tables)) {
      for (const row of (await database.query(`select *, ${kind} as fact from ${table}`)).rows) {
        const name = [row["fact"], ...names.map((column) => row[column])].join(" ")
        for (const column of values) {
          if (table === "published_paradigms") found.set(name, Math.round(10 * Number(row[column])))
          else found.set(`${name} ${column.replace(/^loss_/, "")}`, row[column] ?? null)
        }
      }
    }
    for (const row of (await database.query("from published_minimal_pairs")).rows) {
      for (const [column, value] of Object.entries(row).filter(([column]) => column.startsWith("published_"))) {
        const [, size, ...method] = column.split("_")
        found.set(`phenomenon ${row["phenomenon"]} ${size} ${method.join("-")}`, value)
      }
    }
    return found
  })

describe("published figures in the report", () => {
  it("are those of their sources, each one and no other", async () => {
    const figures = await held()
    const different = [...figures].filter(([name, value]) => {
      const source = written.get(name)
      const same = source === ""
        ? value === null
        : typeof value === "number"
        ? Number(source) === value
        : source === value
      return source === undefined || !same
    })
    expect(different).toEqual([])
    expect([...written.keys()].filter((name) => !figures.has(name))).toEqual([])
    expect(figures.size).toBe(1038)
  })

  it("of paradigms add up to the pairs that the tests of the study count", () => {
    const sums = [0, 1, 2, 3].map((model) =>
      Object.values(published.paradigms).reduce((sum, right) => sum + right[model]!, 0)
    )
    const { small, tiny } = published.correctAtEnd
    expect(sums).toEqual([...tiny, ...small])
  })

  it("have a source for each kind that a table shows", () => {
    for (const { about, from, how } of Object.values(published.sources)) {
      expect(from, about).toMatch(/relora-pico at db8c358/)
      expect(how, about).not.toBe("")
    }
  })
})

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const isThere = existsSync(join(shared, "published"))
/** Also called where the tests are skipped. */
const csv = (file: string) =>
  isThere
    ? readFileSync(join(shared, "published", file), "utf8").trim().split("\n").slice(1).map((line) => line.split(","))
    : []

describe.skipIf(!isThere)(
  `the evaluation files of the study's repository${isThere ? "" : " (not compared: not beside this project)"}`,
  () => {
    const blimp = csv("blimp.csv").map(([size, method, step, uid, accuracy]) => ({
      model: `${size} ${method} ${step}`,
      uid: uid!,
      accuracy: Number(accuracy)
    }))

    it("give the accuracies of every paradigm and the means over them at every step that is shown", () => {
      const at = Map.groupBy(blimp, ({ model }) => model)
      const curves = [...written].filter(([name, value]) => /^curve .* blimp$/.test(name) && value !== "")
      expect(curves.length).toBe(56)
      for (const [name, value] of curves) {
        const rows = at.get(name.replace(/^curve | blimp$/g, ""))!
        const mean = 100 * rows.reduce((sum, { accuracy }) => sum + accuracy, 0) / rows.length
        expect(mean.toFixed(2), name).toBe(Number(value).toFixed(2))
      }
      const end = blimp.filter(({ model }) => model.endsWith(" 20000"))
      expect(end).toHaveLength(268)
      for (const { accuracy, model, uid } of end) {
        expect(Math.round(1000 * accuracy)).toBe(Number(written.get(`paradigm ${uid} ${model.replace(" 20000", "")}`)))
      }
    })

    it("give ReLoRA's perplexities", () => {
      const perplexities = new Map(
        csv("perplexity.csv").map(([size, method, step, value]) => [`${size} ${method} ${step}`, value])
      )
      const shown = [...written].filter(([name]) => /^curve \w+ relora \d+ perplexity$/.test(name))
      for (const [name, value] of shown) {
        const exact = Number(perplexities.get(name.replace(/^curve | perplexity$/g, "")))
        expect(Math.abs(exact - Number(value)), name).toBeLessThanOrEqual(exact > 1e4 ? 0.5 : 0.0501)
      }
    })
  }
)
