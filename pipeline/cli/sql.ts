import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { existsSync } from "node:fs"
import * as nodePath from "node:path"
import { previous } from "../decide.ts"
import { withQueries } from "../query.ts"
import { Store } from "../store/store.ts"
import * as Views from "../views.ts"
import * as Format from "./format.ts"
import { exitCode, inStore, open, Told, verdicts } from "./session.ts"

const quote = (value: string) => /[",\n]/.test(value) ? `"${value.replaceAll("\"", "\"\"")}"` : value

/** The views and their columns, one a line; of nested types only the kind. */
const tables = `
select table_name as "table", column_name as "column",
  case when data_type like '%(%' or data_type like '%[]' then lower(regexp_extract(data_type, '^[A-Za-z]+')) else lower(data_type) end
    as "type"
from information_schema.columns order by table_name, ordinal_position`

export const sql = Command.make(
  "sql",
  {
    query: Argument.String("query").pipe(
      Argument.withDescription("Query in DuckDB's SQL; .tables lists the views and their columns")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false)),
    csv: Flag.Boolean("csv").pipe(Flag.withDescription("Print CSV"), Flag.withDefault(false))
  },
  Effect.fn(function*({ csv, json, query }) {
    const session = yield* open()
    const store = yield* Store
    const all = verdicts(session)
    const statements = Views.statements(session.study.graph, (id) => {
      const verdict = all.get(id)
      // What is stale is still the last thing measured.
      return verdict?.status === "fresh" ? verdict.result : previous(id, session.facts.state)
    }, store.path)
    const journal = nodePath.join(store.root, "journal")
    const text = query.trim() === ".tables"
      ? tables
      : query
    const { names, rows } = yield* Effect.tryPromise({
      try: () =>
        withQueries([...statements, ...(existsSync(journal) ? [Views.events(journal)] : [])], (ask) => ask(text)),
      catch: (error) =>
        new Told({
          text: `${error instanceof Error ? error.message : error}\nin: ${query}\n` + (statements.length === 0
            ? `study ${session.study.name} has nothing measured in this store yet; another study: --study FILE`
            : `pipeline sql .tables lists what study ${session.study.name} has; another study: --study FILE`),
          code: exitCode.usage
        })
    })
    if (json) return yield* Console.log(JSON.stringify(rows, null, 2))
    const cells = [names, ...rows.map((row) => names.map((name) => Format.value(row[name])))]
    for (const line of csv ? cells.map((row) => row.map(quote).join(",")) : Format.columns(cells)) {
      yield* Console.log(line.trimEnd())
    }
  }, inStore)
).pipe(
  Command.withDescription(
    "Asks the artifacts of a study in SQL: views named after tables (metrics, spectra, perplexity, accuracy, …, events)"
  ),
  Command.withExamples([
    { command: "pipeline sql .tables", description: "The views and their columns" },
    {
      command: "pipeline sql \"select size, arm, min(loss) from metrics group by all order by all\"",
      description: "The lowest loss of each run"
    }
  ])
)
