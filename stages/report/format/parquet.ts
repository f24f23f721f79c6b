/**
 * A table as a Parquet file: words as strings, numbers as doubles with all their digits, nothing as null. Its metadata say by how much
 * numbers may differ between machines, column by column.
 */
import { parquetWriteBuffer } from "hyparquet-writer"
import type { ReportTable } from "../table.ts"
import { toleranceOf } from "../tolerance.ts"

const tolerances = ({ columns }: ReportTable): string =>
  JSON.stringify(Object.fromEntries(columns.map((column) => [column.name, toleranceOf(column)])))

export const parquet = (table: ReportTable): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({
    columnData: table.columns.map(({ align, name }) => ({
      name,
      data: table.rows.map((row) => row[name] ?? null),
      type: align === "left" ? "STRING" : "DOUBLE",
      nullable: true
    })),
    kvMetadata: [
      { key: "title", value: table.title },
      { key: "caption", value: table.caption },
      { key: "tolerances", value: tolerances(table) }
    ]
  }))
