/** One in-process DuckDB for the length of a report. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import type { Value } from "./table.ts"

export type Row = Readonly<Record<string, Value>>

/** What a query gave: its columns with DuckDB's names of their types, and rows, in which numbers of any width are numbers. */
export interface Answered {
  readonly columns: ReadonlyArray<{ readonly name: string; readonly type: string }>
  readonly rows: ReadonlyArray<Row>
}

export interface Database {
  /** Runs statements for their effect. */
  readonly run: (sql: string) => Promise<void>
  /** Asks a query, which has each parameter NAME as getvariable('NAME'). `read` holds the answer to a declaration. */
  readonly query: (sql: string, parameters?: Readonly<Record<string, string | number>>) => Promise<Answered>
}

const toValue = (value: unknown): Value => {
  if (typeof value === "bigint") return Number(value)
  if (typeof value === "boolean") return value ? 1 : 0
  if (value === null || typeof value === "string" || typeof value === "number") return value
  throw new TypeError(`a report's query gave a ${typeof value}; cast it to varchar, integer or double in SQL`)
}

const attempt = async <A>(sql: string, run: () => Promise<A>): Promise<A> => {
  try {
    return await run()
  } catch (cause) {
    throw new Error(`${cause instanceof Error ? cause.message : String(cause)}\nin: ${sql.trim()}`, { cause })
  }
}

const over = (connection: DuckDBConnection, signal: AbortSignal): Database => ({
  run: (sql) => {
    signal.throwIfAborted()
    return attempt(sql, async () => void (await connection.run(sql)))
  },
  query: (sql, parameters = {}) => {
    signal.throwIfAborted()
    return attempt(sql, async () => {
      const names = Object.keys(parameters)
      for (const name of names) await connection.run(`set variable ${name} = ${literal(parameters[name])}`)
      const result = await connection.runAndReadAll(sql)
      for (const name of names) await connection.run(`reset variable ${name}`)
      const types = result.columnTypes()
      return {
        columns: result.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
        rows: result.getRowObjectsJS().map((row) =>
          Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toValue(value)]))
        )
      }
    })
  }
})

/**
 * Gives `use` a database and closes it after. One thread, so that sums are taken in the order of the rows; no
 * extension is fetched, so that a misspelt function is an error and not a download; nothing is spilt to disk.
 */
export const withDatabase = async <A>(signal: AbortSignal, use: (database: Database) => Promise<A>): Promise<A> => {
  const instance = await DuckDBInstance.create(":memory:", {
    memory_limit: "2GB",
    threads: "1",
    temp_directory: "",
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false"
  })
  try {
    const connection = await instance.connect()
    // a connection closed under an interrupted query keeps the process alive, so queries are interrupted, not dropped
    const interrupt = () => connection.interrupt()
    signal.addEventListener("abort", interrupt)
    try {
      return await use(over(connection, signal))
    } finally {
      signal.removeEventListener("abort", interrupt)
      connection.closeSync()
    }
  } finally {
    instance.closeSync()
  }
}

/** A value as SQL has it. */
export const literal = (value: Value | undefined): string =>
  value === null || value === undefined ?
    "null"
    : typeof value === "string" ?
    `'${value.replace(/'/g, "''")}'`
    : Number.isNaN(value) ?
    "'nan'::double"
    : Number.isFinite(value) ?
    String(value)
    : `'${value < 0 ? "-" : ""}infinity'::double`

/** Quotes text for SQL. */
export const quoted = (text: string): string => literal(text)

/** Creates a table from columns ("name type") and rows, which keep their order in the column `position`, from 0. */
export const createTable = async (
  database: Database,
  name: string,
  columns: Readonly<Record<string, string>>,
  rows: ReadonlyArray<Row>
): Promise<void> => {
  const names = Object.keys(columns)
  const definitions = names.map((column) => `${column} ${columns[column]}`)
  await database.run(`create table ${name} (position integer, ${definitions.join(", ")})`)
  if (rows.length === 0) return
  const values = rows.map((row, index) => `(${[index, ...names.map((column) => literal(row[column]))].join(", ")})`)
  await database.run(`insert into ${name} values\n${values.join(",\n")}`)
}
