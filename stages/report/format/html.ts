/** A table as HTML. */
import { type Column, plain, print, type ReportTable } from "../table.ts"

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\"": "&quot;",
  "'": "&#39;"
}

export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)

const groups = (columns: ReadonlyArray<Column>): string => {
  if (columns.every((column) => column.group === undefined)) return ""
  const spans: Array<{ readonly group: string; width: number }> = []
  for (const { group = "" } of columns) {
    const span = spans.at(-1)
    if (span?.group === group) span.width += 1
    else spans.push({ group, width: 1 })
  }
  const cells = spans.map(({ group, width }) =>
    group === "" ? `<td colspan="${width}"></td>` : `<th scope="colgroup" colspan="${width}">${escape(group)}</th>`
  )
  return `<tr class="groups">${cells.join("")}</tr>`
}

/** First column of each group after the first: where a rule separates what was measured from what was published. */
const starts = (columns: ReadonlyArray<Column>): ReadonlySet<number> =>
  new Set(columns.flatMap(({ group }, index) => (index > 0 && group !== columns[index - 1]?.group ? [index] : [])))

/** Characters from which the words of a cell may break into lines. */
const prose = 40

export const html = (table: ReportTable): string => {
  const first = starts(table.columns)
  const isProse = (index: number) =>
    table.rows.some((row) => String(row[table.columns[index]!.name] ?? "").length > prose)
  const classes = table.columns.map(({ align }, index) =>
    [...(align === "right" ? ["n"] : isProse(index) ? ["p"] : []), ...(first.has(index) ? ["s"] : [])].join(" ")
  )
  const attribute = (index: number) => (classes[index] === "" ? "" : ` class="${classes[index]}"`)
  const head = table.columns.map((column, index) =>
    `<th scope="col"${attribute(index)}>${escape(column.title)}${
      column.unit === undefined ? "" : ` <span>${escape(column.unit)}</span>`
    }</th>`
  )
  const rows = table.rows.map((row) =>
    `<tr>${
      table.columns.map((column, index) => {
        const value = row[column.name]
        // What a script sorts by.
        const number = typeof value === "number" ? ` data-value="${value}"` : ""
        const verdict = column.name === "verdict" ? ` data-verdict="${escape(String(value))}"` : ""
        return `<td${attribute(index)}${number}${verdict}>${escape(print(value, column, plain))}</td>`
      }).join("")
    }</tr>`
  )
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escape(table.title)}"><table>
<thead>${groups(table.columns)}<tr>${head.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`
}
