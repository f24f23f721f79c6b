/** Queries over Parquet files, by a DuckDB that lives as long as the question. */

export type Value = string | number | boolean | null | object

export interface Answer {
  readonly names: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Readonly<Record<string, Value>>>
}

/** Text as SQL has it. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name as SQL has it, whatever is in it. */
export const identifier = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`

/** Gives `use` a function that asks, in a database in which the statements have been run. Nothing is fetched from anywhere. */
export const withQueries = async <A>(
  statements: ReadonlyArray<string>,
  use: (ask: (sql: string) => Promise<Answer>) => Promise<A>
): Promise<A> => {
  const { DuckDBInstance } = await import("@duckdb/node-api")
  const database = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false"
  })
  const connection = await database.connect()
  try {
    for (const statement of statements) await connection.run(statement)
    return await use(async (sql) => {
      const result = await connection.runAndReadAll(sql)
      return {
        names: result.deduplicatedColumnNames(),
        rows: result.getRowObjectsJson() as Array<Record<string, Value>>
      }
    })
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}
