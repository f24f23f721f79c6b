import { parquetReadObjects } from "hyparquet"
import { describe, expect, it } from "vitest"
import { csv } from "../../../stages/report/format/csv.ts"
import { html } from "../../../stages/report/format/html.ts"
import { escape, latex } from "../../../stages/report/format/latex.ts"
import { cellQueries, cellSources, long } from "../../../stages/report/format/long.ts"
import { markdown } from "../../../stages/report/format/markdown.ts"
import { parquet } from "../../../stages/report/format/parquet.ts"
import { sidecar } from "../../../stages/report/format/sidecar.ts"
import type { Answer } from "../../../stages/report/questions.ts"
import { fixed, grouped, integer, type ReportTable, scientific, text } from "../../../stages/report/table.ts"

const table: ReportTable = {
  name: "sample",
  title: "A & B",
  caption: "100 % of w_2, σ.",
  note: "Scale: 2 < 3.",
  columns: [
    text("arm", "arm"),
    ...grouped("published", [fixed("loss", "loss", 3, "nats/token"), scientific("condition", "condition number", 2)]),
    integer("tokens", "tokens")
  ],
  rows: [
    { arm: "re,lo\"ra", loss: -1.23456, condition: 1.5e7, tokens: 41943040000 },
    { arm: "a|b\nc", loss: Number.NaN, condition: Infinity, tokens: 12 },
    { arm: "w_2 & <b>", loss: -0.0001, condition: 0.00021, tokens: null }
  ]
}

/** What its cells were made from: of losses another input in each row, of all else one setting. */
const answer: Answer = {
  ...table,
  section: "training",
  file: "tables/sample.sql",
  sql: "from runs",
  views: ["runs"],
  origins: new Map([
    ["arm", Int32Array.of(3, 3, 3)],
    ["loss", Int32Array.of(0, 1, 2)],
    ["condition", Int32Array.of(3, 3, 3)],
    ["tokens", Int32Array.of(3, 3, 3)]
  ])
}
const input = (arm: string, rows: string) => ({
  leaf: `input.metrics[arm=${arm}]`,
  digest: arm.repeat(64),
  rows,
  about: ""
})
const setting = { leaf: "config.arms[0]", digest: "", rows: "", about: "" }
const origins = [[input("a", "step > 3")], [input("b", "")], [input("c", ""), setting], [setting]]
const views = new Map([["runs", "select 1"]])

describe("CSV", () => {
  it("quotes commas, quotes and line ends, and spells numbers for machines", () => {
    expect(csv(table)).toBe(
      "arm,loss,condition,tokens\n" +
        "\"re,lo\"\"ra\",-1.235,1.50e7,41943040000\n" +
        "\"a|b\nc\",NaN,inf,12\n" +
        "w_2 & <b>,0.000,2.10e-4,\n"
    )
  })
})

describe("Markdown", () => {
  it("prints fixed digits, – for NaN and ∞, and escapes what would break a row", () => {
    expect(markdown(table)).toBe(`## A & B

> Scale: 2 < 3.

| arm | published: loss (nats/token) | published: condition number | tokens |
| :--- | ---: | ---: | ---: |
| re,lo"ra | −1.235 | 1.50·10⁷ | 41,943,040,000 |
| a\\|b c | – | ∞ | 12 |
| w_2 & <b> | 0.000 | 2.10·10⁻⁴ |  |

100 % of w_2, σ.
`)
  })
})

describe("LaTeX", () => {
  it("escapes every special character", () => {
    expect(escape("\\ { } & % $ # _ ~ ^ < > – ∞ ×")).toBe(
      "\\textbackslash{} \\{ \\} \\& \\% \\$ \\# \\_ \\textasciitilde{} \\textasciicircum{} \\textless{} \\textgreater{} -- " +
        "$\\infty$ $\\times$"
    )
  })

  it("is a booktabs table with a rule under each group of columns", () => {
    const lines = latex(table).split("\n")
    expect(lines).toContain("\\begin{tabular}{lrrr}")
    expect(lines).toContain("\\multicolumn{1}{c}{} & \\multicolumn{2}{c}{published} & \\multicolumn{1}{c}{} \\\\")
    expect(lines).toContain("\\cmidrule(lr){2-3}")
    expect(lines).toContain("re,lo\"ra & $-$1.235 & $1.50\\times10^{7}$ & 41{,}943{,}040{,}000 \\\\")
    expect(lines).toContain("w\\_2 \\& \\textless{}b\\textgreater{} & 0.000 & $2.10\\times10^{-4}$ &  \\\\")
    expect(lines).toContain("\\caption{\\textbf{A \\& B.} Scale: 2 \\textless{} 3. 100 \\% of w\\_2, $\\sigma$.}")
  })

  it("runs over pages when a page cannot hold it", () => {
    const rows = Array.from({ length: 41 }, () => table.rows[0]!)
    expect(latex({ ...table, rows })).toMatch(/\\begin\{longtable\}[^]*\\endhead[^]*\\end\{longtable\}/)
  })
})

describe("Parquet", () => {
  it("holds words as they are and numbers with all their digits, nothing as null", async () => {
    const bytes = parquet(table)
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const rows = await parquetReadObjects({ file })
    expect(rows.map((row) => row["arm"])).toEqual(table.rows.map((row) => row["arm"]))
    for (const { name } of table.columns) {
      expect(rows.map((row) => row[name] ?? null), name).toEqual(table.rows.map((row) => row[name] ?? null))
    }
  })
})

describe("HTML", () => {
  it("escapes text and marks numbers and groups", () => {
    const page = html(table)
    expect(page).toContain("<td>w_2 &amp; &lt;b&gt;</td><td class=\"n s\" data-value=\"-0.0001\">0.000</td>")
    expect(page).toContain("<th scope=\"colgroup\" colspan=\"2\">published</th>")
  })
})

describe("the long form", () => {
  const cells = long({ tables: [answer] })
  it("holds each cell as printed and as a number", () => {
    expect(cells.table).toHaveLength(12)
    expect([cells.row[1], cells.column[1], cells.value[1], cells.number[1]]).toEqual([0, "loss", "−1.235", -1.23456])
    expect(cells.heading[1]).toBe("loss (nats/token)")
    expect(cells.number[0]).toBeNaN()
    expect([cells.value[6], cells.number[6]]).toEqual(["∞", Infinity])
  })

  it("names what each cell was made from, and each query with the views it goes by", () => {
    expect([...cells.source]).toEqual([3, 0, 3, 3, 3, 1, 3, 3, 3, 2, 3, 3])
    const sources = cellSources({ origins })
    expect([...sources.source]).toEqual([0, 1, 2, 2, 3])
    expect(sources.leaf[3]).toBe("config.arms[0]")
    expect(cellQueries({ tables: [answer], views })).toEqual({
      table: ["sample"],
      title: ["A & B"],
      file: ["tables/sample.sql"],
      sql: ["from runs"],
      views: ["create view runs as\nselect 1;\n"]
    })
  })
})

describe("the JSON beside a table", () => {
  it("holds its query, its columns, and for each cell the place of what it was made from", () => {
    const read = JSON.parse(sidecar(answer, { origins, views })) as {
      readonly query: object
      readonly columns: ReadonlyArray<object>
      readonly origins: ReadonlyArray<object>
      readonly cells: ReadonlyArray<ReadonlyArray<number>>
    }
    expect(read.query).toEqual({ file: "tables/sample.sql", sql: "from runs" })
    expect(read.columns[1]).toEqual({ name: "loss", heading: "loss (nats/token)", group: "published" })
    expect(read.cells).toEqual([[0, 1, 0, 0], [0, 2, 0, 0], [0, 3, 0, 0]])
    expect(read.origins[0]).toEqual({ settings: ["config.arms[0]"] })
    expect(read.origins[1]).toEqual({
      inputs: [{ leaf: "input.metrics[arm=a]", digest: "a".repeat(64), rows: "step > 3" }]
    })
    expect(read.origins[3]).toEqual({
      inputs: [{ leaf: "input.metrics[arm=c]", digest: "c".repeat(64) }],
      settings: ["config.arms[0]"]
    })
  })
})
