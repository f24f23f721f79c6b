/** Tables as tables of cells, of queries and of what cells were made from, for tools that want every number from one place. */
import { type Columns, fromRows } from "../../../schemas/table.ts"
import { CellQueries, Cells, CellSources } from "../../../schemas/tables.ts"
import type { Answers } from "../questions.ts"
import { heading, plain, print } from "../table.ts"

export const long = ({ tables }: Pick<Answers, "tables">): Columns<typeof Cells> =>
  fromRows(
    Cells,
    tables.flatMap((table) =>
      table.rows.flatMap((row, index) =>
        table.columns.map((column) => {
          const value = row[column.name] ?? null
          return {
            table: table.name,
            row: index,
            column: column.name,
            heading: heading(column),
            value: print(value, column, plain),
            number: typeof value === "number" ? value : Number.NaN,
            source: table.origins.get(column.name)![index]!
          }
        })
      )
    )
  )

export const cellSources = ({ origins }: Pick<Answers, "origins">): Columns<typeof CellSources> =>
  fromRows(CellSources, origins.flatMap((all, source) => all.map((origin) => ({ source, ...origin }))))

/** A view as it is defined. */
const defined = (name: string, views: Answers["views"]): string => `create view ${name} as\n${views.get(name)!};\n`

export const cellQueries = ({ tables, views }: Pick<Answers, "tables" | "views">): Columns<typeof CellQueries> =>
  fromRows(
    CellQueries,
    tables.map((table) => ({
      table: table.name,
      title: table.title,
      file: table.file,
      sql: table.sql,
      views: table.views.map((name) => defined(name, views)).join("\n")
    }))
  )
