import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { rowsBehind } from "../../pipeline/behind.ts"
import { assemble, type Cell, rowNames, rowsOf } from "../../pipeline/cells.ts"
import { wordsFor } from "../../pipeline/cli/completions.ts"
import type { Success } from "../../pipeline/journal/fold.ts"
import { makersOf } from "../../pipeline/lineage.ts"
import * as Stage from "../../pipeline/stage.ts"
import * as TableFile from "../../pipeline/table-file.ts"
import { tracer } from "../../pipeline/trace.ts"
import { Perplexity } from "../../schemas/tables.ts"

const folder = mkdtempSync(join(tmpdir(), "cells-"))
afterAll(() => rmSync(folder, { recursive: true }))

const digest = (letter: string) => letter.repeat(64)
const cell = (row: number, column: string, value: string, source: number): Cell => ({
  table: "loss",
  row,
  column,
  heading: column,
  value,
  number: value === "" || Number.isNaN(Number(value)) ? NaN : Number(value),
  source
})
const query = { table: "loss", title: "Loss", file: "loss.sql", sql: "from runs", views: "" }
const input = {
  leaf: "input.perplexity[size=nano,arm=a/b]",
  digest: digest("1"),
  rows: "domain = 'fiction'",
  about: ""
}
const book = assemble(
  [
    ["nano", "a/b", "4.5", "4"],
    ["nano", "c", "3", "4"],
    ["micro", "c", "1", ""]
  ].flatMap(([size, arm, loss, seed], row) => [
    cell(row, "size", size!, 0),
    cell(row, "arm", arm!, 0),
    cell(row, "loss", loss!, 1),
    cell(row, "seed", seed!, 2)
  ]),
  [
    { source: 0, leaf: "config.arms[0]", digest: "", rows: "", about: "" },
    { source: 1, ...input },
    { source: 1, leaf: "fact.curves", digest: "", rows: "step = 1", about: "a paper" }
  ],
  [query]
)
const table = book.tables.get("loss")!

describe("rows of a table", () => {
  it("are called by the first columns that tell them apart", () => {
    expect(rowNames(table)).toEqual(["nano,a/b", "nano,c", "micro,c"])
    const alike = assemble([0, 1].map((row) => cell(row, "size", "nano", 0)), [], [query]).tables.get("loss")!
    expect(rowNames(alike)).toBeUndefined()
  })

  it("are found by number, by name and by some of their values", () => {
    expect(rowsOf(table, "1")).toEqual([1])
    expect(rowsOf(table, "3")).toEqual([])
    expect(rowsOf(table, "nano,a/b")).toEqual([0])
    expect(rowsOf(table, "a/b")).toEqual([0])
    expect(rowsOf(table, "c, 4")).toEqual([1])
    expect(rowsOf(table, "nano")).toEqual([0, 1])
    expect(rowsOf(table, "pico")).toEqual([])
  })

  it("are offered to shells step by step, by number where a name is no single word", () => {
    expect(wordsFor(book.tables, "lo")).toEqual(["loss", "loss/"])
    expect(wordsFor(book.tables, "loss/")).toEqual(["loss/0/", "loss/nano,c/", "loss/micro,c/"])
    expect(wordsFor(book.tables, "loss/1/")).toEqual(["size", "arm", "loss", "seed"].map((name) => `loss/1/${name}`))
  })
})

const made = (instance: string, record: Success["record"], outputs: Record<string, string>, seq: number): Success =>
  ({
    type: "StageSucceeded",
    instance,
    key: digest(String(seq)),
    seq,
    record,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, digest]) => [name, { digest }]))
  }) as unknown as Success
const maker = made("evaluate/nano", {}, { perplexity: digest("1") }, 1)
const report = made(
  "report",
  {
    "config.arms[0].arm": "a/b",
    "config.arms[0].rank": 4,
    "config.arms[01]": 0,
    "input.perplexity[7:size=nano,arm=a/b]": digest("1")
  },
  {},
  2
)

describe("a cell", () => {
  const trace = tracer(report, book, makersOf([maker, report]))
  it("is traced to inputs with their makers, to settings and to facts", () => {
    const { facts, inputs, settings } = trace(table.rows[0]!.get("loss")!)
    expect(inputs).toEqual([{
      leaf: "input.perplexity[7:size=nano,arm=a/b]",
      digest: digest("1"),
      rows: input.rows,
      maker,
      output: "perplexity"
    }])
    expect(settings).toEqual([])
    expect(facts).toEqual([{ fact: "curves", rows: "step = 1", about: "a paper" }])
    expect(trace(table.rows[0]!.get("size")!).settings).toEqual([
      { leaf: "config.arms[0].arm", value: "a/b" },
      { leaf: "config.arms[0].rank", value: 4 }
    ])
  })

  it("may come from nothing where it is empty, and from nothing that the key does not have", () => {
    expect(trace(table.rows[2]!.get("seed")!)).toEqual({ inputs: [], settings: [], facts: [] })
    expect(() => trace(table.rows[0]!.get("seed")!)).toThrow("loss, row 0, seed names no source")
    const other = made("report", { "input.perplexity[7:size=nano,arm=a/b]": digest("2") }, {}, 3)
    expect(() => tracer(other, book, makersOf([maker]))(table.rows[0]!.get("loss")!)).toThrow("has no input.perplexity")
    expect(() => tracer(other, book, makersOf([maker]))(table.rows[0]!.get("size")!)).toThrow(
      "has no setting config.arms[0]"
    )
  })

  it("has the rows of the inputs that count behind it, with their labels", async () => {
    const file = join(folder, "perplexity.parquet")
    const domains = ["fiction", "verse", "fiction"]
    await TableFile.write(file, Perplexity, {
      step: Int32Array.of(1, 1, 2),
      source: domains.map(() => "held-out"),
      domain: domains,
      texts: Int32Array.of(1, 1, 1),
      tokens: Float64Array.of(5, 6, 7),
      nats: Float64Array.of(1, 2, 3),
      token_weighted: Float64Array.of(1, 2, 3),
      mean_of_texts: Float64Array.of(1, 2, 3)
    })
    const stage = { inputs: { perplexity: Stage.many(Perplexity) } } as unknown as Stage.AnyStage
    const { inputs } = trace(table.rows[0]!.get("loss")!)
    const [behind] = await rowsBehind(stage, inputs, () => file, 1)
    expect(behind).toMatchObject({ port: "perplexity", count: 2, gone: 0 })
    expect(behind!.rows).toHaveLength(1)
    expect(behind!.rows[0]).toMatchObject({ size: "nano", arm: "a/b", step: 1, domain: "fiction", nats: 1 })
    expect((await rowsBehind(stage, inputs, () => undefined, 1))[0]).toMatchObject({ count: 0, gone: 1 })
  })
})
