/**
 * A query and what its answer must be: every column that is named, of its kind, and no other. So a query that was changed and
 * what reads it cannot part unseen, even where a study gives it no row.
 */
import type { Database } from "./database.ts"
import type { Value } from "./table.ts"

type Base = "text" | "integer" | "number"
/** What a column holds; with ?, or null. A number may be NaN or infinite; a truth is the integer 1 or 0. */
export type Kind = Base | `${Base}?`
export type Kinds = Readonly<Record<string, Kind>>

type Of<K extends Kind> = K extends `${string}?` ? Of<K extends `${infer B extends Base}?` ? B : never> | null
  : K extends "text" ? string
  : number
/** A row of the answer. */
export type RowOf<C extends Kinds> = { readonly [N in keyof C]: Of<C[N]> }

/** What a query may ask for by getvariable('NAME'). */
export type Parameters = Readonly<Record<string, string | number>>

export interface Query<C extends Kinds = Kinds> {
  /** What it is for, as an error names it: `table loss`, `figure spectra`. */
  readonly name: string
  readonly sql: string
  readonly columns: C
}

/** DuckDB's types of each kind. */
const types: Readonly<Record<Base, RegExp>> = {
  text: /^VARCHAR$/,
  integer: /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|BOOLEAN)$/,
  number: /^(DOUBLE|FLOAT|DECIMAL.*|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT))$/
}

const baseOf = (kind: Kind): Base => kind.replace("?", "") as Base
const article: Readonly<Record<Base, string>> = { text: "text", integer: "a whole number", number: "a number" }

/** Why a value is none of its kind; undefined where it is. */
const mistake = (value: Value, kind: Kind): string | undefined => {
  if (value === null) return kind.endsWith("?") ? undefined : "is null"
  const base = baseOf(kind)
  if (base === "text" ? typeof value !== "string" : typeof value !== "number") {
    return `is ${JSON.stringify(value)}, not ${article[base]}`
  }
  return base === "integer" && !Number.isSafeInteger(value) ? `is ${value}, not a whole number below 2^53` : undefined
}

/** The answer to a query, held to what it declares; the error names the query and the column. */
export const read = async <const C extends Kinds>(
  database: Database,
  { columns, name, sql }: Query<C>,
  parameters: Parameters = {}
): Promise<ReadonlyArray<RowOf<C>>> => {
  const answer = await database.query(sql, parameters)
  const given = new Map(answer.columns.map((column) => [column.name, column.type]))
  for (const [column, kind] of Object.entries<Kind>(columns)) {
    const type = given.get(column)
    const base = baseOf(kind)
    if (type === undefined) throw new Error(`the query of ${name} gives no column ${column}`)
    if (!types[base].test(type)) {
      throw new Error(`the query of ${name} gives column ${column} as ${type}, not ${article[base]}`)
    }
  }
  for (const column of given.keys()) {
    if (!(column in columns)) throw new Error(`the query of ${name} gives a column ${column} that is not declared`)
  }
  for (const [index, row] of answer.rows.entries()) {
    for (const [column, kind] of Object.entries<Kind>(columns)) {
      const wrong = mistake(row[column] ?? null, kind)
      if (wrong !== undefined) throw new Error(`the query of ${name}: column ${column} of row ${index} ${wrong}`)
    }
  }
  return answer.rows as unknown as ReadonlyArray<RowOf<C>>
}
