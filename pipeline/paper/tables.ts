/** Compares two Parquet tables of a paper cell by cell; the newer one says by how much the numbers of its columns may differ. */
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import * as z from "zod"
import { allows } from "../compare.ts"
import type { Tolerance } from "../stage.ts"

type Cell = string | number | null
type Row = Readonly<Record<string, Cell>>

/** Name, in a table's key-value metadata, of the tolerances of its columns: JSON, column → tolerance. */
export const tolerances = "tolerances"

const Tolerances = z.record(
  z.string(),
  z.strictObject({ relative: z.number().optional(), absolute: z.number().optional() })
)

/** The cell of a table that differs most. */
export interface Largest {
  readonly column: string
  /** From 0. */
  readonly row: number
  readonly before: Cell
  readonly after: Cell
  /** |a − b| / max(|a|, |b|) of two numbers; null where one of them is no number. */
  readonly relative: number | null
}

export interface TableDifference {
  readonly columns: { readonly before: ReadonlyArray<string>; readonly after: ReadonlyArray<string> }
  readonly rows: { readonly before: number; readonly after: number }
  /** Cells of rows and columns that both have, and how many of them differ. */
  readonly cells: number
  readonly differ: number
  /** How many differ by more than their column allows. */
  readonly beyond: number
  /** Of those beyond where there are any, else of all. */
  readonly largest: Largest | undefined
}

interface Read {
  readonly columns: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
  readonly tolerances: Readonly<Record<string, Tolerance>>
}

const read = async (content: Uint8Array): Promise<Read> => {
  const file = new Uint8Array(content).buffer
  const metadata = await parquetMetadataAsync(file)
  const declared = metadata.key_value_metadata?.find(({ key }) => key === tolerances)?.value
  return {
    columns: metadata.schema.slice(1).map(({ name }) => name),
    rows: await parquetReadObjects({ file, metadata }) as ReadonlyArray<Row>,
    tolerances: declared === undefined ? {} : Tolerances.parse(JSON.parse(declared)) as Read["tolerances"]
  }
}

const numbers = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/g

/** Whether a cell is another's equal, up to a tolerance: of text, the words equal and the numbers in it within the tolerance. */
const within = (a: Cell, b: Cell, tolerance: Tolerance | undefined): boolean => {
  if (Object.is(a, b)) return true
  if (tolerance === undefined) return false
  if (typeof a === "number" && typeof b === "number") return allows(tolerance, a, b)
  if (typeof a !== "string" || typeof b !== "string" || a.replace(numbers, "#") !== b.replace(numbers, "#")) {
    return false
  }
  const others = b.match(numbers) ?? []
  return (a.match(numbers) ?? []).every((value, index) => allows(tolerance, Number(value), Number(others[index])))
}

const relativeOf = (a: Cell, b: Cell): number | null => {
  if (typeof a !== "number" || typeof b !== "number") return null
  const relative = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
  return Number.isFinite(relative) ? relative : null
}

/** How far apart two cells are, for order: text and what is no number is further than any number. */
const distance = ({ relative }: Largest) => relative ?? Infinity

/** Compares; undefined where nothing differs. `exact`: nothing is tolerated. */
export const compareTables = async (
  before: Uint8Array,
  after: Uint8Array,
  exact: boolean
): Promise<TableDifference | undefined> => {
  const old = await read(before)
  const made = await read(after)
  const shared = made.columns.filter((column) => old.columns.includes(column))
  let differ = 0
  let beyond = 0
  let largest: Largest | undefined
  let largestBeyond: Largest | undefined
  const rows = Math.min(old.rows.length, made.rows.length)
  for (let row = 0; row < rows; row++) {
    for (const column of shared) {
      const a = old.rows[row]![column]!
      const b = made.rows[row]![column]!
      if (Object.is(a, b)) continue
      differ += 1
      const found: Largest = { column, row, before: a, after: b, relative: relativeOf(a, b) }
      if (largest === undefined || distance(found) > distance(largest)) largest = found
      if (within(a, b, exact ? undefined : made.tolerances[column])) continue
      beyond += 1
      if (largestBeyond === undefined || distance(found) > distance(largestBeyond)) largestBeyond = found
    }
  }
  const sameShape = old.rows.length === made.rows.length && old.columns.join() === made.columns.join()
  if (differ === 0 && sameShape) return undefined
  return {
    columns: { before: old.columns, after: made.columns },
    rows: { before: old.rows.length, after: made.rows.length },
    cells: rows * shared.length,
    differ,
    beyond,
    largest: largestBeyond ?? largest
  }
}

/** Whether two tables have the same columns and as many rows. */
export const isSameShape = ({ columns, rows }: TableDifference): boolean =>
  rows.before === rows.after && columns.before.join() === columns.after.join()
