/**
 * How a Parquet table is described: a name, typed columns with units, and the order of its rows.
 *
 * A table's columns are the single description of an artifact's rows: the Parquet writer, the check on read, the
 * logical digest and the TypeScript types all come from it. Bodies of stages import this module, so it imports nothing:
 * a package here would be in the key of every stage.
 */

/** Physical types a column may have. `bytes` holds little-endian payloads, e.g. a tensor's float32 values. */
export type Physical = "string" | "int32" | "int64" | "float32" | "float64" | "boolean" | "bytes"

interface Column<P extends Physical> {
  readonly physical: P
  /** What the column holds, with its unit. */
  readonly about: string
}
export type AnyColumn = Column<Physical>

// Each is a function of its own, not made by another: so a bundler sees that calling it does nothing else, and leaves the
// tables that a body does not use out of its code.
/** UTF-8 text. */
export const text = (about: string): Column<"string"> => ({ physical: "string", about })
/** Whole number in ±2³¹. */
export const int32 = (about: string): Column<"int32"> => ({ physical: "int32", about })
/** Whole number in ±2⁵³, held as a JavaScript number. */
export const int64 = (about: string): Column<"int64"> => ({ physical: "int64", about })
/** Single precision; NaN and infinities are allowed and compared by bits. */
export const float32 = (about: string): Column<"float32"> => ({ physical: "float32", about })
/** Double precision; NaN and infinities are allowed and compared by bits. */
export const float64 = (about: string): Column<"float64"> => ({ physical: "float64", about })
export const boolean = (about: string): Column<"boolean"> => ({ physical: "boolean", about })
/** Raw bytes. */
export const bytes = (about: string): Column<"bytes"> => ({ physical: "bytes", about })

/** How a column is held in memory. */
export type ColumnData<P extends Physical> = P extends "int32" ? Int32Array
  : P extends "int64" ? Float64Array
  : P extends "float32" ? Float32Array
  : P extends "float64" ? Float64Array
  : P extends "boolean" ? ReadonlyArray<boolean>
  : P extends "bytes" ? ReadonlyArray<Uint8Array>
  : ReadonlyArray<string>

/** One cell as a row's property. */
export type CellOf<P extends Physical> = P extends "boolean" ? boolean
  : P extends "bytes" ? Uint8Array
  : P extends "string" ? string
  : number

export interface Table<N extends string = string, C extends Record<string, AnyColumn> = Record<string, AnyColumn>> {
  readonly name: N
  /** One sentence: what a row is. */
  readonly about: string
  readonly columns: C
}
export type AnyTable = Table<string, Record<string, AnyColumn>>

/** Columns of a table in memory, one array a column, equal lengths. */
export type Columns<T extends AnyTable> = {
  readonly [K in keyof T["columns"]]: ColumnData<T["columns"][K]["physical"]>
}
/** One row of a table. */
export type Row<T extends AnyTable> = { readonly [K in keyof T["columns"]]: CellOf<T["columns"][K]["physical"]> }

/** Describes a table. Rows are stored in the order they are written: a stage must write them in a fixed order. */
export const table = <const N extends string, C extends Record<string, AnyColumn>>(
  name: N,
  about: string,
  columns: C
): Table<N, C> => ({ name, about, columns })

const builders: Record<Physical, (values: ReadonlyArray<never>) => unknown> = {
  int32: (values) => Int32Array.from(values),
  int64: (values) => Float64Array.from(values),
  float32: (values) => Float32Array.from(values),
  float64: (values) => Float64Array.from(values),
  boolean: (values) => values,
  bytes: (values) => values,
  string: (values) => values
}

/** Turns rows into columns. */
export const fromRows = <T extends AnyTable>(table: T, rows: ReadonlyArray<Row<T>>): Columns<T> =>
  Object.fromEntries(
    Object.entries(table.columns).map(([name, column]) => [
      name,
      builders[column.physical](rows.map((row) => (row as Record<string, unknown>)[name] as never))
    ])
  ) as never

/** Number of rows of a table held as columns. */
export const rowCount = (columns: Record<string, { readonly length: number }>): number =>
  Object.values(columns)[0]?.length ?? 0

/** Turns columns into rows. */
export const toRows = <T extends AnyTable>(table: T, columns: Columns<T>): Array<Row<T>> => {
  const names = Object.keys(table.columns)
  const data = columns as Record<string, ArrayLike<unknown>>
  return Array.from(
    { length: rowCount(columns) },
    (_, row) => Object.fromEntries(names.map((name) => [name, data[name]![row]])) as never
  )
}
