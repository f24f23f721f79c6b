import { DuckDBInstance } from "@duckdb/node-api"
import * as fc from "fast-check"
import { createHash } from "node:crypto"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { ofFile, ofFileAside } from "../../pipeline/digest.ts"
import * as TableFile from "../../pipeline/table-file.ts"
import { boolean, bytes, float32, float64, fromRows, int32, int64, table, text, toRows } from "../../schemas/table.ts"
import { temporaryStore } from "../fixtures/toy.ts"

const Everything = table("everything", "one of each type", {
  name: text("text"),
  small: int32("whole"),
  large: int64("whole"),
  single: float32("number"),
  double: float64("number"),
  yes: boolean("truth"),
  raw: bytes("bytes")
})

const row = fc.record({
  name: fc.string({ unit: "grapheme" }),
  small: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  large: fc.maxSafeInteger(),
  single: fc.float(),
  double: fc.double(),
  yes: fc.boolean(),
  raw: fc.uint8Array({ maxLength: 20 })
})

const folder = temporaryStore()
let files = 0
const fresh = () => join(folder, `${++files}.parquet`)

describe("a table file", () => {
  it("gives back any table, with the same digest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const columns = fromRows(Everything, rows)
        const path = fresh()
        await TableFile.write(path, Everything, columns)
        const back = await TableFile.read(path, Everything)
        expect(toRows(Everything, back)).toEqual(toRows(Everything, columns))
        expect(TableFile.digest(Everything, back)).toBe(TableFile.digest(Everything, columns))
      }),
      { seed: 2, numRuns: 60 }
    )
  })

  it("is read by another Parquet reader, payloads too", async () => {
    const Blob = table("blob", "one blob", { name: text("text"), raw: bytes("bytes") })
    const path = fresh()
    const raw = [Uint8Array.from({ length: 2_500_000 }, (_, i) => i % 251), new Uint8Array(0), Uint8Array.of(1, 2, 255)]
    await TableFile.write(path, Blob, { name: ["ä", "b", "c"], raw })
    const database = await (await DuckDBInstance.create(":memory:")).connect()
    const found = await database.runAndReadAll(
      `select name, octet_length(raw) as bytes, md5(raw) as digest from '${path}' order by file_row_number`
    )
    database.closeSync()
    expect(found.getRowObjectsJson()).toEqual(raw.map((bytes, row) => ({
      name: ["ä", "b", "c"][row],
      bytes: String(bytes.length),
      digest: createHash("md5").update(bytes).digest("hex")
    })))
  })

  it("of many bytes is hashed on another thread, with the same digest", async () => {
    const Blob = table("blob", "one blob", { raw: bytes("bytes") })
    const path = fresh()
    await TableFile.write(path, Blob, { raw: [new Uint8Array(40_000_000).fill(7)] })
    expect(await ofFileAside(path)).toBe(ofFile(path))
    await expect(ofFileAside(`${path}.absent`)).rejects.toThrow("ENOENT")
  })

  it("keeps large byte columns and several row groups", async () => {
    const Blob = table("blob", "one blob", { raw: bytes("bytes") })
    const raw = [Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251), new Uint8Array(0)]
    const path = fresh()
    await TableFile.write(path, Blob, { raw })
    expect((await TableFile.read(path, Blob)).raw.map((part) => Buffer.from(part).equals(raw[0]!))).toEqual([
      true,
      false
    ])
    const Long = table("long", "one number", { value: int32("number") })
    const value = Int32Array.from({ length: 2_300_000 }, (_, i) => i * 7)
    const long = fresh()
    await TableFile.write(long, Long, { value })
    expect(Buffer.from((await TableFile.read(long, Long)).value.buffer).equals(Buffer.from(value.buffer))).toBe(true)
  })

  it("has another digest when any value, or the order of rows, differs", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 6 }), (rows) => {
        const digest = TableFile.digest(Everything, fromRows(Everything, rows))
        const changed = rows.map((one, index) => index === 0 ? { ...one, small: one.small === 0 ? 1 : 0 } : one)
        expect(TableFile.digest(Everything, fromRows(Everything, changed))).not.toBe(digest)
        const [first, second, ...rest] = rows
        const swapped = TableFile.digest(Everything, fromRows(Everything, [second!, first!, ...rest]))
        const same = JSON.stringify([first, Object.is(first!.single, -0), Object.is(first!.double, -0)]) ===
          JSON.stringify([second, Object.is(second!.single, -0), Object.is(second!.double, -0)])
        expect(swapped === digest).toBe(same)
      }),
      { seed: 3, numRuns: 100 }
    )
  })

  it("counts every NaN as the same value", () => {
    const Float = table("float", "one number", { value: float64("number") })
    const other = new Float64Array(new BigUint64Array([0xfff8000000000001n]).buffer)
    expect(TableFile.digest(Float, { value: other })).toBe(TableFile.digest(Float, { value: Float64Array.of(NaN) }))
  })

  it("refuses columns that the table does not have, naming them", async () => {
    const columns = { ...fromRows(Everything, []), more: [] }
    await expect(TableFile.write(fresh(), Everything, columns)).rejects.toThrow(
      "more is not a column of table everything"
    )
    const { raw: _, ...less } = fromRows(Everything, [])
    await expect(TableFile.write(fresh(), Everything, less as never)).rejects.toThrow(
      "column raw of table everything is missing"
    )
  })

  it("refuses a file of another table", async () => {
    const Other = table("other", "one", { value: text("text") })
    const path = fresh()
    await TableFile.write(path, Other, { value: ["a"] })
    await expect(TableFile.read(path, Everything)).rejects.toThrow(
      /columns are value; table everything has name, small/
    )
  })
})
