/** Compares two tables of one kind, column by column. */
import { type AnyTable, type Columns, rowCount } from "../schemas/table.ts"
import type { Tolerance } from "./stage.ts"

export interface Difference {
  readonly column: string
  /** Rows in which it differs. */
  readonly rows: number
  /**
   * The largest |a − b| / max(|a|, |b|) of its numbers; infinite where one is not a number and the other is; undefined where it holds
   * none.
   */
  readonly relative: number | undefined
  /** Rows in which it differs by more than its tolerance: all of them where it has none. */
  readonly beyond: number
}

/** Whether two numbers differ by no more than a tolerance. */
export const allows = ({ absolute = 0, relative = 0 }: Tolerance, a: number, b: number): boolean => {
  if (Object.is(a, b) || a === b) return true
  const difference = Math.abs(a - b)
  return difference <= Math.max(absolute, relative * Math.max(Math.abs(a), Math.abs(b))) && difference < Infinity
}

const relative = (a: number, b: number): number => {
  if (Object.is(a, b) || a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0
  const difference = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
  return Number.isNaN(difference) ? Infinity : difference
}

/** Largest relative difference of two lists of numbers, and whether a tolerance allows all of them. */
const numbers = (a: ArrayLike<number>, b: ArrayLike<number>, tolerance: Tolerance | undefined) => {
  if (a.length !== b.length) return { largest: Infinity, allowed: false }
  let largest = 0
  let allowed = tolerance !== undefined
  for (let i = 0; i < a.length; i++) {
    largest = Math.max(largest, relative(a[i]!, b[i]!))
    allowed &&= allows(tolerance!, a[i]!, b[i]!)
  }
  return { largest, allowed }
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
export const compare = <T extends AnyTable>(
  table: T,
  a: Columns<T>,
  b: Columns<T>,
  tolerance: (column: string) => Tolerance | undefined = () => undefined
): ReadonlyArray<Difference> => {
  const rows = rowCount(a)
  const more = rowCount(b) - rows
  const left = a as Record<string, ArrayLike<unknown>>
  const right = b as Record<string, ArrayLike<unknown>>
  return Object.entries(table.columns).flatMap(([column, { physical }]): ReadonlyArray<Difference> => {
    const x = left[column]!
    const y = right[column]!
    let differ = Math.abs(more)
    let beyond = differ
    let worst: number | undefined
    const allowance = tolerance(column)
    const found = (p: ArrayLike<number>, q: ArrayLike<number>) => {
      const { allowed, largest } = numbers(p, q, allowance)
      worst = Math.max(worst ?? 0, largest)
      if (allowed) beyond -= 1
    }
    for (let row = 0; row < Math.min(rows, rows + more); row++) {
      if (isSame(x[row], y[row])) continue
      differ += 1
      beyond += 1
      if (physical === "bytes") {
        const p = numbersOf(x[row] as Uint8Array, left["shape"]?.[row] as string | undefined)
        const q = numbersOf(y[row] as Uint8Array, right["shape"]?.[row] as string | undefined)
        if (p !== undefined && q !== undefined) found(p, q)
      } else if (physical !== "string" && physical !== "boolean") found([x[row] as number], [y[row] as number])
    }
    return differ === 0 ? [] : [{ column, rows: differ, relative: worst, beyond }]
  })
}
