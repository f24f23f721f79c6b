/** Tables as one table of cells, for tools that want every number of the report from one place. */
import type { Columns } from "../../../schemas/table.ts"
import type { Cells } from "../../../schemas/tables.ts"
import { plain, print, type ReportTable } from "../table.ts"

export const long = (tables: ReadonlyArray<ReportTable>): Columns<typeof Cells> => {
  const cells = tables.flatMap((table) =>
    table.rows.flatMap((row, index) =>
      table.columns.map((column) => {
        const value = row[column.name] ?? null
        return {
          table: table.name,
          row: index,
          column: column.name,
          value: print(value, column, plain),
          number: typeof value === "number" ? value : Number.NaN
        }
      })
    )
  )
  return {
    table: cells.map((cell) => cell.table),
    row: Int32Array.from(cells, (cell) => cell.row),
    column: cells.map((cell) => cell.column),
    value: cells.map((cell) => cell.value),
    number: Float64Array.from(cells, (cell) => cell.number)
  }
}
