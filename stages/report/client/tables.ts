/** Tables that sort by a column and show only the rows with a word. */

/** What a cell sorts by: its number where it has one, else its words. */
const keyOf = (cell: HTMLTableCellElement | undefined): number | string => {
  const number = cell?.dataset["value"]
  return number === undefined ? cell?.textContent ?? "" : Number(number)
}

const compare = (a: number | string, b: number | string): number => {
  if (typeof a === "number" && typeof b === "number") {
    // What has no value comes last, whichever way the others go.
    return Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b
  }
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1
  return String(a).localeCompare(String(b), "en", { numeric: true })
}

const sortBy = (body: HTMLTableSectionElement, column: number, direction: 1 | -1, original: ReadonlyArray<Element>) => {
  const missing = (key: number | string) => key === "" || Number.isNaN(key)
  const rows = original.map((row) => ({ row, key: keyOf((row as HTMLTableRowElement).cells[column]) }))
  rows.sort((a, b) => missing(a.key) || missing(b.key) ? compare(a.key, b.key) : direction * compare(a.key, b.key))
  body.append(...rows.map(({ row }) => row))
}

/** Makes each column's title a button: first rising, then falling, then the study's order again. */
const makeSortable = (table: HTMLTableElement, body: HTMLTableSectionElement, original: ReadonlyArray<Element>) => {
  const heads = [...table.querySelectorAll<HTMLTableCellElement>("thead tr:last-child th")]
  for (const [column, head] of heads.entries()) {
    const button = document.createElement("button")
    button.type = "button"
    button.append(...head.childNodes)
    head.append(button)
    button.addEventListener("click", () => {
      const was = head.getAttribute("aria-sort")
      for (const other of heads) other.removeAttribute("aria-sort")
      if (was === "descending") return body.append(...original)
      const next = was === "ascending" ? "descending" : "ascending"
      head.setAttribute("aria-sort", next)
      sortBy(body, column, next === "ascending" ? 1 : -1, original)
    })
  }
}

/** Puts a field above a table; each of its words must stand in a row that is shown. */
const makeFilterable = (container: HTMLElement, rows: ReadonlyArray<HTMLElement>) => {
  const label = document.createElement("label")
  const field = document.createElement("input")
  const count = document.createElement("output")
  label.className = "filter"
  field.type = "search"
  field.placeholder = "filter rows"
  field.setAttribute("aria-label", `Filter rows of ${container.getAttribute("aria-label") ?? "the table"}`)
  label.append(field, count)
  container.before(label)
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter((word) => word !== "")
    let shown = 0
    for (const row of rows) {
      const text = [...row.children].map((cell) => cell.textContent).join(" ").toLowerCase()
      row.hidden = !words.every((word) => text.includes(word))
      if (!row.hidden) shown += 1
    }
    count.textContent = words.length === 0 ? "" : `${shown} of ${rows.length} rows`
  })
}

/** Rows from which a filter is worth its place. */
const many = 8

export const enliven = (container: HTMLElement): void => {
  const table = container.querySelector("table")
  const body = table?.tBodies[0]
  if (table === null || body === undefined) return
  const rows = [...body.rows]
  if (rows.length > 1) makeSortable(table, body, rows)
  if (rows.length >= many) makeFilterable(container, rows)
}
