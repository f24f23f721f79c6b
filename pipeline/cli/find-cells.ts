/** Finds the tables that a study's stages made for people, and the rows and cells that a word on the command line means. */
import { Effect } from "effect"
import { type Cell, type CellBook, type CellTable, hasCells, read, rowNames, rowsOf } from "../cells.ts"
import { nearest } from "../closest.ts"
import { previous } from "../decide.ts"
import type { Instance } from "../graph.ts"
import type { Success } from "../journal/fold.ts"
import { Store } from "../store/store.ts"
import { exitCode, type Session, Told, verdicts } from "./session.ts"

/** Rows that an error lists. */
const most = 12

/** The cells of one instance's result. */
export interface Book {
  readonly instance: Instance
  readonly result: Success
  /** Whether the instance would run now. */
  readonly stale: boolean
  readonly book: CellBook
}

/** Every result of the study that has cells, and is in the store. */
export const books = Effect.fn("show.books")(function*(session: Session) {
  const store = yield* Store
  const all = verdicts(session)
  const found: Array<Book> = []
  for (const instance of session.study.graph.instances.filter(hasCells)) {
    const verdict = all.get(instance.id)
    const result = verdict?.status === "fresh" ? verdict.result : previous(instance.id, session.facts.state)
    if (result === undefined || !Object.values(result.outputs).every(store.holds)) continue
    // A result of an earlier form has cells that say nothing of where they come from.
    const book = yield* Effect.option(Effect.tryPromise(() => read(instance, result, store.path)))
    if (book._tag === "Some") found.push({ instance, result, stale: verdict?.status !== "fresh", book: book.value })
  }
  return found
})

export interface Place {
  readonly book: Book
  readonly table: CellTable
  readonly row?: number
  readonly cell?: Cell
}

const mistake = (text: string) => new Told({ text, code: exitCode.usage })

/** Names of rows as an error lists them: their number and what they are called. */
const listed = (table: CellTable, rows: ReadonlyArray<number>): string => {
  const names = rowNames(table)
  const shown = rows.slice(0, most).map((row) => `${row}${names === undefined ? "" : ` (${names[row]})`}`)
  return shown.join(", ") + (rows.length > shown.length ? `, and ${rows.length - shown.length} more` : "")
}

/** The table, row or cell that a path means: TABLE, TABLE/ROW, TABLE/ROW/COLUMN; undefined where no table is called so. */
export const locate = Effect.fn("show.locate")(function*(all: ReadonlyArray<Book>, what: string) {
  for (const book of all) {
    const path = what.startsWith(`${book.instance.id}/`) ? what.slice(book.instance.id.length + 1) : what
    const [name = "", ...rest] = path.split("/")
    const table = book.book.tables.get(name)
    if (table === undefined) continue
    if (rest.length === 0) return { book, table } satisfies Place
    // A row may be called by words with slashes in them, a column not.
    const isColumn = rest.length > 1
    const word = (isColumn ? rest.slice(0, -1) : rest).join("/")
    const rows = rowsOf(table, word)
    if (rows.length !== 1) {
      const names = rowNames(table) ?? []
      const near = nearest(word, names).map((name) => names.indexOf(name))
      const others = table.rows.map((_, row) => row).filter((row) => !near.includes(row))
      return yield* mistake(
        rows.length > 1
          ? `${rows.length} rows of table ${name} have ${word}: ${listed(table, rows)}`
          : `table ${name} has no row ${word}; it has ${listed(table, [...near, ...others])}`
      )
    }
    const row = rows[0]!
    if (!isColumn) return { book, table, row } satisfies Place
    const column = rest.at(-1)!
    const cell = table.rows[row]!.get(column)
    if (cell === undefined) {
      const columns = table.columns.map(({ column }) => column)
      const near = nearest(column, columns)
      return yield* mistake(
        `table ${name} has no column ${column}; ${near.length > 0 ? `near: ${near.join(", ")}; all` : "it has"}: ${
          columns.join(", ")
        }`
      )
    }
    return { book, table, row, cell } satisfies Place
  }
  return undefined
})
