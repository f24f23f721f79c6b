/** What `pipeline show` tells of tables that a stage made for people, of their rows and cells. */
import { Console, Effect } from "effect"
import type { Output } from "../../schemas/event.ts"
import { rowsBehind } from "../behind.ts"
import { type Cell, rowNames } from "../cells.ts"
import { settingOf } from "../explain.ts"
import { lineages, makersOf } from "../lineage.ts"
import { Store } from "../store/store.ts"
import { tracer } from "../trace.ts"
import type { Place } from "./find-cells.ts"
import * as Format from "./format.ts"
import type { Session } from "./session.ts"
import * as Style from "./style.ts"
import { short, tree } from "./tree.ts"

/** Rows of a port that are shown, and that JSON has; artifacts whose lineage is shown. */
const most = { rows: 8, printed: 100_000, artifacts: 8 } as const

const source = ({ book: { instance, result, stale } }: Place) =>
  `${instance.id}${Style.dim(`  key ${short(result.key)}`)}${
    stale ? Style.yellow("  not up to date: pipeline status says why") : ""
  }`

/** A table: its query, its columns and its rows. */
export const showTable = Effect.fn("show.table")(function*(place: Place, json: boolean) {
  const { book, table } = place
  const names = rowNames(table)
  if (json) {
    return yield* Console.log(JSON.stringify(
      {
        table: table.table,
        title: table.title,
        made: { instance: book.instance.id, key: book.result.key },
        query: { file: table.file, sql: table.sql, views: table.views },
        columns: table.columns,
        rows: table.rows.map((row, index) => ({
          row: index,
          ...(names === undefined ? {} : { name: names[index] }),
          cells: Object.fromEntries([...row].map(([column, { value }]) => [column, value]))
        }))
      },
      null,
      2
    ))
  }
  yield* Console.log(Style.bold(table.title))
  yield* Console.log(`table ${table.table} of ${source(place)}`)
  yield* Console.log(Style.bold("columns"))
  for (const line of Format.columns(table.columns.map(({ column, heading }) => [`  ${column}`, heading]))) {
    yield* Console.log(line)
  }
  yield* Console.log(Style.bold("rows"))
  const cells = table.rows.map((row, index) => [`  ${index}`, ...[...row.values()].map(({ value }) => value)])
  const heads = ["  row", ...table.columns.map(({ column }) => column)]
  for (const line of Format.columns([heads, ...cells])) yield* Console.log(line.trimEnd())
  yield* Console.log(
    Style.dim(
      `pipeline show ${table.table}/ROW/COLUMN tells what a cell was made from; ROW: its number, or some of its values`
    )
  )
})

/** A row: its cells. */
export const showRow = Effect.fn("show.row")(function*(place: Place, row: number, json: boolean) {
  const cells = [...place.table.rows[row]!.values()]
  if (json) return yield* Console.log(JSON.stringify(cells, null, 2))
  yield* Console.log(Style.bold(`${place.table.title}, row ${row}`))
  for (const line of Format.columns(cells.map(({ column, heading, value }) => [`  ${column}`, heading, value]))) {
    yield* Console.log(line)
  }
})

const plural = (many: number, one: string, several: string) =>
  `${many.toLocaleString("en")} ${many === 1 ? one : several}`

/** A cell: its value, its query, the rows behind it, and where these come from. */
export const showCell = Effect.fn("show.cell")(function*(session: Session, place: Place, cell: Cell, json: boolean) {
  const { book: { book, instance, result }, table } = place
  const makers = makersOf(session.facts.state.results.values())
  const { facts, inputs, settings } = tracer(result, book, makers)(cell)
  const store = yield* Store
  const file = (output: Output) => store.holds(output) ? store.path(output.bytes) : undefined
  const behind = yield* Effect.promise(() => rowsBehind(instance.stage, inputs, file, json ? most.printed : most.rows))
  const made = [
    ...new Map(inputs.flatMap(({ maker }) => maker === undefined ? [] : [[maker.key, maker] as const])).values()
  ]
  const placed = settings.map(({ leaf, value }) => {
    const setting = settingOf(instance, leaf)
    const line = setting === undefined ? undefined : session.study.line(setting)
    return { leaf, value, ...(setting && { setting }), ...(line && { place: `${session.study.file}:${line}` }) }
  })
  const where = (run: string) => session.facts.state.runs.get(run)?.host
  if (json) {
    return yield* Console.log(JSON.stringify(
      {
        table: cell.table,
        row: cell.row,
        column: cell.column,
        heading: cell.heading,
        value: cell.value,
        number: Number.isNaN(cell.number) ? null : cell.number,
        title: table.title,
        made: { instance: instance.id, key: result.key },
        query: { file: table.file, sql: table.sql, views: table.views },
        inputs: inputs.map(({ digest, leaf, maker, output, rows }) => ({
          leaf,
          digest,
          rows,
          ...(maker &&
            {
              instance: maker.instance,
              output,
              key: maker.key,
              code: maker.record.code,
              seq: maker.seq,
              writer: maker.writer,
              run: maker.run,
              at: maker.at,
              host: where(maker.run)
            })
        })),
        settings: placed,
        facts,
        rows: behind.map(({ inputs, count, gone, port, rows }) => ({
          port,
          count,
          gone,
          rows,
          inputs: inputs.map(({ leaf }) => leaf)
        })),
        lineage: lineages(made, makers)
      },
      null,
      2
    ))
  }
  yield* Console.log(`${Style.bold(cell.value === "" ? "(empty)" : cell.value)}  ${cell.heading}`)
  yield* Console.log(`${table.title}, row ${cell.row}, column ${cell.column}, of ${source(place)}`)
  yield* Console.log(Style.bold("query") + Style.dim(`  ${table.file}`))
  for (const line of table.sql.split("\n")) yield* Console.log(`  ${line}`)
  if (table.views !== "") {
    yield* Console.log(
      Style.dim(
        `  by the views ${
          [...table.views.matchAll(/create view (\w+)/gi)].map(([, name]) => name).join(", ")
        }: --json has them`
      )
    )
  }
  for (const { count, gone, inputs: own, names, port, rows } of behind) {
    yield* Console.log(
      Style.bold(`${plural(count, "row", "rows")} of ${plural(own.length, "artifact", "artifacts")}, ${port}`) +
        (gone > 0 ? Style.red(`  ${gone} gone from the store`) : "")
    )
    const conditions = [...new Set(own.map(({ rows }) => rows))].filter((rows) => rows !== "")
    if (conditions.length > 0) yield* Console.log(Style.dim(`  where ${conditions.join(", or ")}`))
    const printed = [names, ...rows.map((row) => names.map((name) => Format.value(row[name] as never)))]
    for (const line of Format.columns(printed)) yield* Console.log(`  ${line.trimEnd()}`)
    if (count > rows.length) {
      yield* Console.log(Style.dim(`  and ${(count - rows.length).toLocaleString("en")} more, in --json`))
    }
  }
  if (placed.length > 0) {
    yield* Console.log(Style.bold("settings"))
    const lines = placed.map((
      { leaf, place, setting, value }
    ) => [`  ${setting ?? leaf}`, JSON.stringify(value), place ?? ""])
    for (const line of Format.columns(lines)) yield* Console.log(line.trimEnd())
  }
  if (facts.length > 0) {
    yield* Console.log(Style.bold("facts"))
    for (const { about, fact, rows } of facts) {
      yield* Console.log(`  ${fact}${rows === "" ? "" : ` where ${rows}`}`)
      if (about !== "") yield* Console.log(Style.dim(`    ${about}`))
    }
  }
  if (made.length === 0) return
  yield* Console.log(Style.bold("made by"))
  const trees = lineages(made, makers)
  for (const node of trees.slice(0, most.artifacts)) {
    const { at, run, seq, writer } = node.result
    const host = where(run)
    const [head = "", ...rest] = tree(node, "", "  ", "  ")
    yield* Console.log(head)
    yield* Console.log(
      Style.dim(
        `    event ${seq} of writer ${writer}, run ${run}, ${at.slice(0, 19)}Z${
          host === undefined ? "" : ` on ${host}`
        }`
      )
    )
    for (const line of rest) yield* Console.log(line)
  }
  if (trees.length > most.artifacts) {
    yield* Console.log(Style.dim(`  and ${trees.length - most.artifacts} more, in --json`))
  }
})
