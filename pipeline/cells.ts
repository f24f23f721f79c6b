/**
 * Tables that a stage made for people, cell by cell, with what each cell was made from. A stage has them that has outputs of the tables
 * Cells, CellSources and CellQueries (schemas/tables.ts), under whatever names.
 */
import { type AnyTable, type Row, toRows } from "../schemas/table.ts"
import { CellQueries, Cells, CellSources } from "../schemas/tables.ts"
import type { Instance } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import * as TableFile from "./table-file.ts"

export type Cell = Row<typeof Cells>
export type CellSource = Row<typeof CellSources>
export type CellQuery = Row<typeof CellQueries>

/** One table: its query, and its cells by row and column. */
export interface CellTable extends CellQuery {
  readonly columns: ReadonlyArray<{ readonly column: string; readonly heading: string }>
  readonly rows: ReadonlyArray<ReadonlyMap<string, Cell>>
}

export interface CellBook {
  readonly tables: ReadonlyMap<string, CellTable>
  readonly sources: ReadonlyMap<number, ReadonlyArray<CellSource>>
}

const outputOf = (stage: Instance["stage"], table: AnyTable): string | undefined =>
  Object.entries(stage.outputs).find(([, { name }]) => name === table.name)?.[0]

/** Whether a stage says what the cells of its tables are made from. */
export const hasCells = ({ stage }: Instance): boolean =>
  [Cells, CellSources, CellQueries].every((table) => outputOf(stage, table) !== undefined)

/** Puts the three tables together. */
export const assemble = (
  cells: ReadonlyArray<Cell>,
  sources: ReadonlyArray<CellSource>,
  queries: ReadonlyArray<CellQuery>
): CellBook => {
  const bySource = new Map<number, Array<CellSource>>()
  for (const source of sources) {
    const all = bySource.get(source.source)
    if (all === undefined) bySource.set(source.source, [source])
    else all.push(source)
  }
  const tables = new Map<string, CellTable>()
  const rows = new Map<string, Array<Map<string, Cell>>>()
  for (const query of queries) {
    const own: Array<Map<string, Cell>> = []
    rows.set(query.table, own)
    tables.set(query.table, { ...query, columns: [], rows: own })
  }
  for (const cell of cells) {
    const own = rows.get(cell.table)
    if (own === undefined) throw new Error(`the query of table ${cell.table} is not told`)
    ;(own[cell.row] ??= new Map()).set(cell.column, cell)
  }
  for (const [name, table] of tables) {
    const columns = [...(table.rows[0]?.values() ?? [])].map(({ column, heading }) => ({ column, heading }))
    tables.set(name, { ...table, columns })
  }
  return { tables, sources: bySource }
}

/** Reads the cells of a result; `path` gives the file of an object. */
export const read = async (instance: Instance, result: Success, path: (bytes: string) => string): Promise<CellBook> => {
  const rowsOf = async <T extends AnyTable>(table: T) => {
    const output = result.outputs[outputOf(instance.stage, table)!]!
    return toRows(table, await TableFile.read(path(output.bytes), table))
  }
  return assemble(await rowsOf(Cells), await rowsOf(CellSources), await rowsOf(CellQueries))
}

/**
 * What a reader may call each row: the words and numbers of its first columns, as many as tell all rows apart, with commas between;
 * undefined where rows are alike.
 */
export const rowNames = ({ columns, rows }: CellTable): ReadonlyArray<string> | undefined => {
  for (let width = 1; width <= columns.length; width++) {
    const names = rows.map((row) => columns.slice(0, width).map(({ column }) => row.get(column)!.value).join(","))
    if (new Set(names).size === names.length) return names
  }
  return undefined
}

/** Rows that a word means: the number of one, the name of one, or some of its values with commas between. */
export const rowsOf = (table: CellTable, word: string): ReadonlyArray<number> => {
  if (/^\d+$/.test(word)) return Number(word) < table.rows.length ? [Number(word)] : []
  const named = rowNames(table)?.indexOf(word) ?? -1
  if (named >= 0) return [named]
  const values = word.split(",").map((value) => value.trim())
  return table.rows.flatMap((row, index) => {
    const all = new Set(
      [...row.values()].flatMap(({ number, value }) => Number.isNaN(number) ? [value] : [value, String(number)])
    )
    return values.every((value) => all.has(value)) ? [index] : []
  })
}
