/** A table as CSV (RFC 4180, but lines end in a bare line feed): what is printed elsewhere, in a machine's spelling. */
import { type Notation, print, type ReportTable } from "../table.ts"

const notation: Notation = {
  nan: "NaN",
  infinity: "inf",
  minus: "-",
  thousands: "",
  power: (mantissa, exponent) => `${mantissa}e${exponent}`
}

const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replace(/"/g, "\"\"")}"` : cell)

export const csv = (table: ReportTable): string =>
  [
    table.columns.map((column) => quote(column.name)),
    ...table.rows.map((row) => table.columns.map((column) => quote(print(row[column.name], column, notation))))
  ].map((cells) => `${cells.join(",")}\n`).join("")
