/** A table as a GitHub-flavoured Markdown table. */
import { heading, ours, plain, print, type ReportTable } from "../table.ts"

const escape = (text: string): string => text.replace(/\\/g, "\\\\").replace(/\|/g, "\\|").replace(/\r?\n/g, " ")

const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

/** Title, note, rows and caption; `level` is the depth of the heading. */
export const markdown = (table: ReportTable, level = 2): string => {
  const headers = table.columns.map((column) =>
    escape(
      column.group === undefined || column.group === ours ? heading(column) : `${column.group}: ${heading(column)}`
    )
  )
  const rules = table.columns.map((column) => (column.align === "right" ? "---:" : ":---"))
  const rows = table.rows.map((row) =>
    line(table.columns.map((column) => escape(print(row[column.name], column, plain))))
  )
  const blocks = [
    `${"#".repeat(level)} ${table.title}`,
    ...(table.note === undefined ? [] : [`> ${table.note}`]),
    [line(headers), line(rules), ...rows].join("\n"),
    table.caption
  ]
  return `${blocks.join("\n\n")}\n`
}
