/** What a query reads, by its syntax as DuckDB gives it: names of tables and views, those of its own `with` left out. */
import { type Database, quoted } from "../database.ts"

interface Tree {
  readonly [name: string]: unknown
}

const isTree = (value: unknown): value is Tree => value !== null && typeof value === "object" && !Array.isArray(value)

/** Names that `tree` reads from, where `known` are names of queries that stand above it. */
const collect = (tree: unknown, known: ReadonlySet<string>, into: Set<string>): void => {
  if (Array.isArray(tree)) { for (const item of tree) collect(item, known, into) }
  if (!isTree(tree)) return
  const own =
    (tree["cte_map"] as { readonly map?: ReadonlyArray<{ readonly key: string; readonly value: unknown }> } | undefined)
      ?.map ?? []
  const within = new Set(known)
  for (const { key, value } of own) {
    collect(value, within, into)
    within.add(key)
  }
  const name = tree["table_name"]
  if (tree["type"] === "BASE_TABLE" && typeof name === "string" && !within.has(name)) into.add(name)
  for (const [part, value] of Object.entries(tree)) if (part !== "cte_map") collect(value, within, into)
}

/** Names of tables and views that a query names. */
const namesIn = async (database: Database, sql: string): Promise<ReadonlySet<string>> => {
  const { rows: [row] } = await database.query(`select json_serialize_sql(${quoted(sql)})::varchar as tree`)
  const tree = JSON.parse(String(row!["tree"])) as { readonly error: boolean; readonly error_message?: string }
  if (tree.error) throw new Error(`${tree.error_message}\nin: ${sql}`)
  const names = new Set<string>()
  collect(tree, new Set(), names)
  return names
}

export interface Reads {
  /** Tables that are no views. */
  readonly tables: ReadonlySet<string>
  /** Views, each after those that it reads itself. */
  readonly views: ReadonlyArray<string>
}

/** Finds what queries read in the end, view by view. */
export const reader = async (database: Database) => {
  const { rows } = await database.query("select view_name, sql from duckdb_views() where not internal")
  const definitions = new Map(rows.map((row) => [
    String(row["view_name"]),
    String(row["sql"]).replace(/^create view .*? as /i, "").replace(/;\s*$/, "")
  ]))
  const named = new Map<string, ReadonlySet<string>>()
  return async (sql: string): Promise<Reads> => {
    const tables = new Set<string>()
    const views: Array<string> = []
    const seen = new Set<string>()
    const visit = async (names: ReadonlySet<string>): Promise<void> => {
      for (const name of names) {
        if (seen.has(name)) continue
        seen.add(name)
        const definition = definitions.get(name)
        if (definition === undefined) {
          tables.add(name)
          continue
        }
        if (!named.has(name)) named.set(name, await namesIn(database, definition))
        await visit(named.get(name)!)
        views.push(name)
      }
    }
    await visit(await namesIn(database, sql))
    return { tables, views }
  }
}
