import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as nodePath from "node:path"
import type { LeafValue } from "../../schemas/key.ts"
import { nearest } from "../closest.ts"
import { byDigest, byInstance, type Found, isDigest } from "../find.ts"
import type { Success } from "../journal/fold.ts"
import { lineage, type Makers, makersOf, sourcesOf } from "../lineage.ts"
import { Store } from "../store/store.ts"
import { select, unknown } from "../target.ts"
import { wordsFor } from "./completions.ts"
import { books, locate } from "./find-cells.ts"
import * as Format from "./format.ts"
import { exitCode, inStore, open, type Session, Told, verdicts } from "./session.ts"
import { showCell, showRow, showTable } from "./show-cells.ts"
import * as Style from "./style.ts"
import { short, tree } from "./tree.ts"

const leafText = (value: LeafValue): string => {
  const written = typeof value === "string" ? value : JSON.stringify(value)
  return Array.isArray(value) && written.length > 70
    ? `${written.slice(0, 60)}… (${value.length} values, to ${JSON.stringify(value.at(-1))})`
    : written
}

/** What to say of tables where a word names neither an instance nor one of them. */
const tablesLike = (what: string, tables: ReadonlyArray<string>): string => {
  const near = nearest(what.split("/")[0]!, tables)
  return tables.length === 0
    ? ""
    : near.length > 0
    ? `; a table is called ${near.join(", or ")}`
    : `; its tables are ${tables.join(", ")}`
}

const find = Effect.fn("show.find")(function*(session: Session, what: string) {
  const { facts: { state }, study: { graph } } = session
  if (isDigest(what)) {
    const found = byDigest(what, state)
    const [first] = found
    if (first === undefined) {
      return yield* new Told({ text: `no key and no output of this store begins with ${what}`, code: exitCode.usage })
    }
    const keys = new Set(found.map(({ result }) => result.key))
    const exact = found.filter(({ output, result }) =>
      output === undefined ? result.key === what : Object.values(result.outputs).some(({ digest }) => digest === what)
    )
    if (keys.size > 1 && exact.length === 0) {
      const all = found.map(({ output, result }) =>
        `  ${result.key.slice(0, 12)}  ${result.instance} ${output ?? ""}`.trimEnd()
      )
      return yield* new Told({ text: `${what} begins several:\n${all.join("\n")}`, code: exitCode.usage })
    }
    return exact[0] ?? first
  }
  const verdict = graph.byId.has(what) ? verdicts(session).get(what) : undefined
  const result = verdict?.status === "fresh" ? verdict.result : byInstance(what, state)
  if (result !== undefined) return { result, output: undefined } satisfies Found
  const all = yield* books(session)
  const place = yield* locate(all, what)
  if (place !== undefined) return place
  const within = select(graph, what)
  const tables = all.flatMap(({ book }) => [...book.tables.keys()])
  return yield* new Told({
    text: graph.byId.has(what)
      ? `${what} has never run in this store`
      : within.length > 0
      ? `${what} is several instances: ${within.slice(0, 5).map(({ id }) => id).join(", ")}${
        within.length > 5 ? ", …" : ""
      }`
      : unknown(graph, what).message + tablesLike(what, tables),
    code: exitCode.usage
  })
})

/** Instances of the study that now stand for a key. */
const standing = ({ facts: { state } }: Session, key: string) =>
  [...state.standings].filter(([, standings]) => standings.at(-1)!.key === key).map(([id]) => id)

const inputRows = (result: Success, makers: Makers) =>
  sourcesOf(result, makers).map(({ digest, leaf, maker, output }) => [
    `  ${leaf.slice("input.".length)}`,
    short(digest),
    maker === undefined ? "unknown maker" : `${output} of ${maker.instance}`
  ])

export const show = Command.make(
  "show",
  {
    what: Argument.String("what").pipe(
      Argument.withDescription(
        "Instance; the first 8 or more digits of a key or of an output's digest; or TABLE, TABLE/ROW or TABLE/ROW/COLUMN of the " +
          "report, a row by its number or by some of its values, with commas between"
      )
    ),
    complete: Flag.Boolean("complete").pipe(
      Flag.withDescription("List what the word may go on with, for a shell"),
      Flag.withHidden,
      Flag.withDefault(false)
    ),
    json: Flag.Boolean("json").pipe(Flag.withDescription("Print JSON"), Flag.withDefault(false))
  },
  Effect.fn(function*({ complete, json, what }) {
    const session = yield* open()
    if (complete) {
      const tables = new Map((yield* books(session)).flatMap(({ book }) => [...book.tables]))
      for (const word of wordsFor(tables, what)) yield* Console.log(word)
      for (const { id } of session.study.graph.instances) yield* Console.log(id)
      return
    }
    const store = yield* Store
    const found = yield* find(session, what)
    if ("table" in found) {
      return yield* found.cell !== undefined
        ? showCell(session, found, found.cell, json)
        : found.row !== undefined
        ? showRow(found, found.row, json)
        : showTable(found, json)
    }
    const { output, result } = found
    const makers = makersOf(session.facts.state.results.values())
    const roots = lineage(result, makers)
    const stands = standing(session, result.key)
    const outputs = Object.entries(result.outputs).map(([name, object]) => ({
      name,
      ...object,
      file: store.path(object.bytes),
      there: store.holds(object)
    }))
    const unsteady = session.facts.state.differing.get(result.key)
    const all = verdicts(session)
    const accepted = stands.flatMap((id) => {
      const verdict = all.get(id)
      return verdict?.status === "fresh" ? verdict.accepted : []
    })
    if (json) {
      return yield* Console.log(
        JSON.stringify(
          { event: result, asked: output, standing: stands, accepted, differing: unsteady, outputs, lineage: roots },
          null,
          2
        )
      )
    }
    const { at, instance, key, memory, record, run, seconds, seq, stage, threads, writer } = result
    const about = session.app.stages.find(({ name }) => name === stage)?.about
    yield* Console.log(Style.bold(output === undefined ? instance : `${output} of ${instance}`))
    if (about !== undefined) yield* Console.log(Style.dim(about))
    const facts = [
      ["key", key],
      [
        "made",
        `${at.slice(0, 19)}Z in ${Format.duration(seconds)}, ${Format.count(threads, "thread")}, ${
          Format.bytes(memory)
        } of memory`
      ],
      ["event", `${seq} of writer ${writer}, run ${run}`],
      ["stands for", stands.length === 0 ? `no instance of ${session.study.name} now` : stands.join(", ")],
      ...(unsteady === undefined ? [] : [["warning", Format.unsteady(unsteady)]]),
      ...accepted.map((acceptance) => ["accepted", `${acceptance.instance}: ${Format.acceptance(acceptance)}`])
    ]
    for (const line of Format.columns(facts)) yield* Console.log(line)
    yield* Console.log(Style.bold("outputs"))
    for (const { bytes, digest, file, name, rows, size, there } of outputs) {
      yield* Console.log(
        `  ${name}  ${Format.count(rows, "row")}, ${Format.bytes(size)}${there ? "" : Style.red(", gone")}`
      )
      yield* Console.log(Style.dim(`    data   ${digest}`))
      yield* Console.log(Style.dim(`    bytes  ${bytes}`))
      yield* Console.log(Style.dim(`    file   ${nodePath.relative(process.cwd(), file)}`))
    }
    const inputs = inputRows(result, makers)
    if (inputs.length > 0) {
      yield* Console.log(Style.bold("inputs"))
      for (const line of Format.columns(inputs)) yield* Console.log(line)
    }
    yield* Console.log(Style.bold("key record"))
    const leaves = Object.entries(record).map(([leaf, value]) => [`  ${leaf}`, leafText(value)])
    for (const line of Format.columns(leaves)) yield* Console.log(line)
    yield* Console.log(Style.bold("lineage"))
    for (const line of tree(roots, "", "  ", "  ")) yield* Console.log(line)
  }, inStore)
).pipe(
  Command.withDescription(
    "Shows a result: its outputs, its inputs, its key leaf by leaf, the event that made it, and its lineage to data and code; or a " +
      "cell of the report: its query, the rows of the artifacts behind it, and where these come from"
  ),
  Command.withShortDescription("Shows a result, or a cell of the report: what it was made from, by whom and when"),
  Command.withExamples([
    { command: "pipeline show report", description: "What the report was made from" },
    { command: "pipeline show 3f2a91c0", description: "What has a key, or an output, that begins so" },
    { command: "pipeline show loss", description: "Rows and columns of a table of the report" },
    { command: "pipeline show loss/nano,full-rank/nats_per_token", description: "What a number of it was made from" }
  ])
)
