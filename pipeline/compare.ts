/** Compares two tables of one kind, column by column. */
import { type AnyTable, type Columns, rowCount } from "../schemas/table.ts"

export interface Difference {
  readonly column: string
  /** Rows in which it differs. */
  readonly rows: number
  /**
   * The largest |a − b| / max(|a|, |b|) of its numbers; infinite where one is not a number and the other is; undefined where it holds
   * none.
   */
  readonly relative: number | undefined
}

const relative = (a: number, b: number): number => {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0
  const difference = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
  return Number.isNaN(difference) ? Infinity : difference
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return Infinity
  let found = 0
  for (let i = 0; i < a.length; i++) found = Math.max(found, relative(a[i]!, b[i]!))
  return found
}

/** Values of a payload, where the table says in a column `shape` (dimensions joined by x) how many there are. */
const numbersOf = (bytes: Uint8Array, shape: string | undefined): Float32Array | Float64Array | undefined => {
  if (shape === undefined) return undefined
  const size = shape === "" ? 1 : shape.split("x").reduce((product, dimension) => product * Number(dimension), 1)
  const aligned = bytes.slice().buffer
  if (bytes.length === size * 4) return new Float32Array(aligned)
  if (bytes.length === size * 8) return new Float64Array(aligned)
  return undefined
}

const isSame = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : Object.is(a, b)

/** Columns that differ. Tables of another number of rows differ in every column, in rows that only one has. */
export const compare = <T extends AnyTable>(table: T, a: Columns<T>, b: Columns<T>): ReadonlyArray<Difference> => {
  const rows = rowCount(a)
  const more = rowCount(b) - rows
  const left = a as Record<string, ArrayLike<unknown>>
  const right = b as Record<string, ArrayLike<unknown>>
  return Object.entries(table.columns).flatMap(([column, { physical }]): ReadonlyArray<Difference> => {
    const x = left[column]!
    const y = right[column]!
    let differ = Math.abs(more)
    let worst: number | undefined
    for (let row = 0; row < Math.min(rows, rows + more); row++) {
      if (isSame(x[row], y[row])) continue
      differ += 1
      if (physical === "bytes") {
        const p = numbersOf(x[row] as Uint8Array, left["shape"]?.[row] as string | undefined)
        const q = numbersOf(y[row] as Uint8Array, right["shape"]?.[row] as string | undefined)
        if (p !== undefined && q !== undefined) worst = Math.max(worst ?? 0, largest(p, q))
      } else if (physical !== "string" && physical !== "boolean") {
        worst = Math.max(worst ?? 0, relative(x[row] as number, y[row] as number))
      }
    }
    return differ === 0 ? [] : [{ column, rows: differ, relative: worst }]
  })
}
