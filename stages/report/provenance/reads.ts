/** What a query reads, by its syntax as DuckDB gives it: names of tables and views, those of its own `with` left out. */
import { definitions as ofClaims } from "../claims.ts"
import { type Database, quoted } from "../database.ts"
import { definitions } from "../views.ts"
import type { Bases } from "./bases.ts"

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

/** A pivot by what data hold has no tree; one by given values has, and reads the same. */
const withPivots = (sql: string): string => sql.replace(/(\bpivot\s+\w+\s+on\s+\w+)(\s+using\b)/gi, "$1 in ('')$2")

/** Names of tables and views that a query names. */
const namesIn = async (database: Database, sql: string): Promise<ReadonlySet<string>> => {
  const { rows: [row] } = await database.query(
    `select json_serialize_sql(${quoted(withPivots(sql))})::varchar as tree`
  )
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

/** Views by name, with what they are defined as. */
const definitionsIn = (sql: string): ReadonlyArray<readonly [name: string, definition: string]> =>
  [...sql.matchAll(/create view (\w+) as\n([^;]*);/g)].map((
    [, name = "", definition = ""]
  ) => [name, definition.trim()])

/** Finds what queries read in the end, view by view; `bases` are where it ends. */
export const reader = async (database: Database, bases: Bases) => {
  const views = new Map([...definitions, ...ofClaims].flatMap(definitionsIn))
  const { rows } = await database.query("select view_name from duckdb_views() where not internal order by view_name")
  for (const row of rows) {
    const name = String(row["view_name"])
    if (!views.has(name) && !(name in bases)) throw new Error(`nobody knows how view ${name} is defined`)
  }
  const named = new Map<string, ReadonlySet<string>>()
  const reads = async (sql: string): Promise<Reads> => {
    const tables = new Set<string>()
    const used: Array<string> = []
    const seen = new Set<string>()
    const visit = async (names: ReadonlySet<string>): Promise<void> => {
      for (const name of names) {
        if (seen.has(name)) continue
        seen.add(name)
        const definition = views.get(name)
        if (definition === undefined) {
          tables.add(name)
          continue
        }
        if (!named.has(name)) named.set(name, await namesIn(database, definition))
        await visit(named.get(name)!)
        used.push(name)
      }
    }
    await visit(await namesIn(database, sql))
    return { tables, views: used }
  }
  return { reads, views }
}
