/** A table as a Parquet file: words as strings, numbers as doubles with all their digits, nothing as null. */
import { parquetWriteBuffer } from "hyparquet-writer"
import type { ReportTable } from "../table.ts"

export const parquet = (table: ReportTable): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({
    columnData: table.columns.map(({ align, name }) => ({
      name,
      data: table.rows.map((row) => row[name] ?? null),
      type: align === "left" ? "STRING" : "DOUBLE",
      nullable: true
    })),
    kvMetadata: [{ key: "title", value: table.title }, { key: "caption", value: table.caption }]
  }))
