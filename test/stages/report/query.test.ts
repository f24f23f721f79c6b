import { readdirSync, readFileSync } from "node:fs"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type Database, withDatabase } from "../../../stages/report/database.ts"
import { type Kinds, read } from "../../../stages/report/query.ts"
import { compose } from "../../../stages/report/report.ts"
import { config, writeInputs } from "../../fixtures/report.ts"

const inDatabase = <A>(use: (database: Database) => Promise<A>) => withDatabase(new AbortController().signal, use)
const ask = (sql: string, columns: Kinds, parameters = {}) =>
  inDatabase((database) => read(database, { name: "table loss", sql, columns }, parameters))

describe("a query", () => {
  it("gives rows of what it declares, NaN and infinity among the numbers", async () => {
    const sql = "select 'a' as arm, 3::hugeint as steps, 'nan'::double as loss, null::varchar as note, true as done"
    expect(await ask(sql, { arm: "text", steps: "integer", loss: "number", note: "text?", done: "integer" }))
      .toEqual([{ arm: "a", steps: 3, loss: Number.NaN, note: null, done: 1 }])
  })

  it("that gives a column less, a column more or one of another type is a mistake, with rows or without", async () => {
    for (const rows of ["", " where false"]) {
      const sql = `select 'a' as arm, 0.5::double as loss${rows}`
      await expect(ask(sql, { arm: "text", loss: "number", step: "integer" }))
        .rejects.toThrow("the query of table loss gives no column step")
      await expect(ask(sql, { arm: "text" })).rejects.toThrow("table loss gives a column loss that is not declared")
      await expect(ask(sql, { arm: "text", loss: "integer" }))
        .rejects.toThrow("table loss gives column loss as DOUBLE, not a whole number")
      await expect(ask(sql, { arm: "number", loss: "number" }))
        .rejects.toThrow("table loss gives column arm as VARCHAR, not a number")
    }
  })

  it("that gives null or too large a number where there must be one names the row", async () => {
    await expect(ask("from (values (1), (null)) as rows(step)", { step: "integer" }))
      .rejects.toThrow("the query of table loss: column step of row 1 is null")
    await expect(ask("select 9007199254740993 as tokens", { tokens: "integer" })).rejects.toThrow(
      "column tokens of row 0"
    )
  })

  it("sees its parameters, and nobody after it", async () => {
    const answers = await inDatabase(async (database) => {
      const query = {
        name: "it",
        sql: "select getvariable('suite')::varchar as suite",
        columns: { suite: "text?" }
      } as const
      return [...await read(database, query, { suite: "it's" }), ...await read(database, query)]
    })
    expect(answers).toEqual([{ suite: "it's" }, { suite: null }])
  })
})

describe("the queries of the tables", () => {
  const folder = new URL("../../../stages/report/tables/", import.meta.url)
  const files = readdirSync(folder)

  it("are a file each, beside the table's own, that says what it is for and in which order its rows are", () => {
    const queries = files.filter((file) => file.endsWith(".sql"))
    expect(queries.map((file) => file.replace(".sql", ".ts"))).toEqual(files.filter((file) => file.endsWith(".ts")))
    for (const file of queries) {
      const sql = readFileSync(new URL(file, folder), "utf8")
      expect(sql, file).toMatch(/^-- \w/)
      expect(sql, file).toMatch(/\norder by .*\n$/)
    }
  })

  it("need no minimal pairs, no spectra and no held-out text", async () => {
    const inputs = mkdtempSync(join(tmpdir(), "report-query-"))
    const none = { accuracy: [], scores: [], perplexity: [], spectra: [], dynamics: [], intruders: [], similarity: [] }
    const { tables } = await inDatabase((database) =>
      compose(database, config(), { ...writeInputs(inputs), ...none, modelAccuracy: [], modelPerplexity: [] })
    )
    rmSync(inputs, { recursive: true })
    expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["arms", "training", "merges"]))
    expect(tables.map(({ name }) => name)).not.toContain("checkpoints")
  })
})
