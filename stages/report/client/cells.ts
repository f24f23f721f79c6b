/** Cells that tell where they come from: chosen by a click, or by arrow keys and Enter. */
import type { RunInstance, RunView } from "../../../schemas/run-view.ts"
import type { CellData } from "./data.ts"
import { create } from "./dom.ts"
import { runs, short } from "./lineage.ts"

const several = (many: number, one: string) => `${many} ${one}${many === 1 ? "" : "s"}`

/** Makes the cells of a table reachable by arrow keys: one of them is in the order of the tab key. */
const roam = (table: HTMLTableElement, body: HTMLTableSectionElement, choose: (cell: HTMLTableCellElement) => void) => {
  table.setAttribute("role", "grid")
  const cellAt = (row: number, column: number) => {
    const rows = [...body.rows].filter((row) => !row.hidden)
    return rows[Math.min(Math.max(row, 0), rows.length - 1)]?.cells[column]
  }
  let current = cellAt(0, 0)
  if (current === undefined) return
  current.tabIndex = 0
  const moveTo = (cell: HTMLTableCellElement | undefined, focus: boolean) => {
    if (cell === undefined) return
    if (current !== undefined) current.tabIndex = -1
    current = cell
    cell.tabIndex = 0
    if (focus) cell.focus()
  }
  // What the tab key went to may have been filtered out.
  document.addEventListener("input", () => {
    if (current?.parentElement?.hidden === true) moveTo(cellAt(0, 0), false)
  })
  const cellOf = (event: Event) => (event.target as Element).closest<HTMLTableCellElement>("tbody td")
  body.addEventListener("click", (event) => {
    const cell = cellOf(event)
    if (cell === null || getSelection()?.isCollapsed === false) return
    moveTo(cell, true)
    choose(cell)
  })
  body.addEventListener("keydown", (event) => {
    const cell = cellOf(event)
    if (cell === null) return
    if (event.key === "Enter" || event.key === " ") choose(cell)
    else {
      const row = [...body.rows].filter((row) => !row.hidden).indexOf(cell.parentElement as HTMLTableRowElement)
      const column = cell.cellIndex
      const moves: Record<string, readonly [row: number, column: number]> = {
        ArrowUp: [row - 1, column],
        ArrowDown: [row + 1, column],
        ArrowLeft: [row, Math.max(0, column - 1)],
        ArrowRight: [row, column + 1],
        Home: [row, 0],
        End: [row, cell.parentElement!.childElementCount - 1]
      }
      const move = moves[event.key]
      if (move === undefined) return
      moveTo(cellAt(...move), true)
    }
    event.preventDefault()
  })
}

/** Puts the panel into the page and lets every cell of the tables that `data` knows open it. */
export const tellSources = (data: CellData, view: RunView | null): void => {
  const { describe, filesBehind, known, makerOf } = runs(view)
  const content = create("div")
  const close = create("button", { type: "button", className: "close" }, "close")
  const panel = create("dialog", { className: "provenance" }, close, content)
  panel.setAttribute("aria-label", "Where this cell comes from")
  close.addEventListener("click", () => panel.close())
  // A click beside the panel meets the dialog itself.
  panel.addEventListener("click", (event) => event.target === panel && panel.close())
  document.body.append(panel)

  const section = (title: string, ...children: ReadonlyArray<Node | string>) => [create("h3", {}, title), ...children]

  /** The inputs of an origin: those of one condition together. */
  const inputs = (pairs: ReadonlyArray<readonly [input: number, condition: number]>) => {
    const makers: Array<RunInstance> = []
    const groups = [...new Set(pairs.map(([, condition]) => condition))].map((condition) => {
      const own = pairs.filter((pair) => pair[1] === condition).map(([input]) => data.inputs[input]!)
      const rows = data.conditions[condition]!
      return create(
        "div",
        {},
        create("p", {}, ...(rows === "" ? ["All rows of"] : ["Rows where ", create("code", {}, rows), " of"])),
        create(
          "ul",
          {},
          ...own.map(([leaf, digest]) => {
            const maker = makerOf(leaf, digest)
            if (maker !== undefined) makers.push(maker.instance)
            return create(
              "li",
              {},
              `${leaf.slice("input.".length)} `,
              short(digest),
              ...(maker === undefined ? [] : [describe(maker.instance, maker.output)])
            )
          })
        )
      )
    })
    const files = filesBehind(makers)
    return [
      ...section(`made from ${several(pairs.length, "artifact")}`, ...groups),
      ...(files.length === 0 ? [] : section("data files behind them", create("ul", {}, ...files))),
      ...(known
        ? []
        : [
          create(
            "p",
            { className: "caption" },
            "A page that a run has put into a folder of reports also knows who made them."
          )
        ])
    ]
  }

  const show = (name: string, row: number, column: number, cell: HTMLTableCellElement) => {
    const of = data.cells[name]?.[column]
    const query = data.queries[name]
    if (of === undefined || query === undefined) return
    const origin = data.origins[typeof of.origin === "number" ? of.origin : of.origin[row]!]!
    const head = cell.closest("table")!.querySelectorAll("thead tr:last-child th")[column]?.textContent ?? of.column
    const title = document.querySelector(`#${CSS.escape(name)} > h3`)?.textContent ?? name
    content.replaceChildren(
      create("p", { className: "value" }, cell.textContent === "" ? "(empty)" : cell.textContent!),
      create("p", {}, `${head}, row ${row} of “${title}”`),
      create("pre", {}, `npx pipeline show ${name}/${row}/${of.column}`),
      ...(origin.inputs === undefined ? [] : inputs(origin.inputs)),
      ...(origin.facts === undefined ? [] : section(
        "published figures",
        create(
          "ul",
          {},
          ...origin.facts.map((place) => {
            const [fact, rows, about] = data.facts[place]!
            return create(
              "li",
              {},
              create("code", {}, rows === "" ? fact : `${fact} where ${rows}`),
              ...(about === "" ? [] : [create("br"), about])
            )
          })
        )
      )),
      ...(origin.settings === undefined ? [] : section(
        "settings of the study",
        create(
          "ul",
          {},
          ...origin.settings.map((leaf) =>
            create(
              "li",
              {},
              create("code", {}, leaf.slice("config.".length)),
              data.settings[leaf] === undefined ? "" : ` = ${data.settings[leaf]}`
            )
          )
        )
      )),
      ...section("query", create("p", {}, create("code", {}, query.file)), create("pre", {}, query.sql)),
      ...(query.views.length === 0 ? [] : [create(
        "details",
        {},
        create("summary", {}, `${several(query.views.length, "view")} that it goes by`),
        ...query.views.map((view) => create("pre", {}, `create view ${view} as\n${data.views[view]}`))
      )])
    )
    panel.showModal()
    panel.scrollTop = 0
  }

  for (const table of document.querySelectorAll<HTMLTableElement>("section[id] .scroll table")) {
    const body = table.tBodies[0]
    const name = table.closest("section")!.id
    if (body === undefined || data.cells[name] === undefined) continue
    const places = new Map([...body.rows].map((row, place) => [row, place]))
    roam(
      table,
      body,
      (cell) => show(name, places.get(cell.parentElement as HTMLTableRowElement)!, cell.cellIndex, cell)
    )
  }
}
