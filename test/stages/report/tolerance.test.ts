import { parquetMetadata } from "hyparquet"
import { readdirSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { parquet } from "../../../stages/report/format/parquet.ts"
import { fixed, integer, type ReportTable, scientific, text } from "../../../stages/report/table.ts"
import { byName, toleranceOf } from "../../../stages/report/tolerance.ts"

describe("tolerances between machines", () => {
  it("are none of text and counts, little of measurements, all of what is rounding", () => {
    expect(toleranceOf(text("arm", "arm"))).toBeUndefined()
    expect(toleranceOf(integer("tokens", "tokens"))).toBeUndefined()
    expect(toleranceOf(fixed("loss", "loss", 4, "nats/token"))).toEqual({ relative: 1e-3, absolute: 1e-3 })
    expect(toleranceOf(scientific("frobenius", "norm", 2))).toEqual({ relative: 1e-3 })
    expect(toleranceOf(fixed("percent", "accuracy", 2, "%"))).toEqual({ absolute: 4 })
    expect(toleranceOf(fixed("condition_number", "condition number", 3))).toEqual({ relative: 0.05 })
    expect(toleranceOf(scientific("condition_number", "σ max/min", 2))).toEqual({ relative: 1 })
  })

  it("stand in the metadata of a Parquet table", () => {
    const table: ReportTable = {
      name: "sample",
      title: "sample",
      caption: "",
      columns: [text("arm", "arm"), fixed("loss", "loss", 3), integer("correct", "correct")],
      rows: [{ arm: "a", loss: 1, correct: 2 }]
    }
    const { key_value_metadata } = parquetMetadata(parquet(table).slice().buffer)
    expect(JSON.parse(key_value_metadata!.find(({ key }) => key === "tolerances")!.value!)).toEqual({
      loss: { relative: 1e-3, absolute: 1e-3 },
      correct: { absolute: 3, relative: 0.02 }
    })
  })

  it("by name are of columns that some table has", () => {
    const folder = new URL("../../../stages/report/tables/", import.meta.url)
    const sources = readdirSync(folder).filter((name) => name.endsWith(".ts"))
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
    for (const name of Object.keys(byName)) {
      expect(sources.some((source) => source.includes(`"${name}"`)), name).toBe(true)
    }
  })
})
