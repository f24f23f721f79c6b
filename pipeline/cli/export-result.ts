/** Writes a result in a form that other programs read, by an exporter of the application. */
import { Effect } from "effect"
import { mkdir, writeFile } from "node:fs/promises"
import * as nodePath from "node:path"
import type { Ref } from "../graph.ts"
import { Store } from "../store/store.ts"
import * as TableFile from "../table-file.ts"
import { provenanceFormats } from "./export-provenance.ts"
import { exitCode, type Session, Told, verdicts } from "./session.ts"
import { named } from "./targets.ts"

const told = (error: unknown, code: number = exitCode.usage) =>
  new Told({ text: error instanceof Error ? error.message : String(error), code })

const exporterOf = ({ app }: Session, format: string) => {
  const exporters = app.exporters ?? {}
  const exporter = Object.hasOwn(exporters, format) ? exporters[format] : undefined
  return exporter === undefined
    ? Effect.fail(
      told(`there is no format ${format}; there are ${[...Object.keys(exporters), ...provenanceFormats].join(", ")}`)
    )
    : Effect.succeed(exporter)
}

/** Where an output is that what an exporter takes refers to; an error where it is not fresh. */
const located = Effect.fn("export.located")(function*(session: Session, refs: Readonly<Record<string, Ref>>) {
  const store = yield* Store
  const all = verdicts(session)
  return yield* Effect.forEach(Object.entries(refs), ([name, ref]) => {
    const verdict = all.get(ref.instance)
    const object = verdict?.status === "fresh" ? verdict.result.outputs[ref.output] : undefined
    return object === undefined
      ? Effect.fail(told(`${ref.instance} is not there or not fresh; make it by: pipeline run ${ref.instance}`))
      : Effect.succeed([name, { path: store.path(object.bytes), table: ref.table }] as const)
  })
})

export const exportResult = Effect.fn("exportResult")(function*(
  session: Session,
  target: string,
  format: string,
  to: string
) {
  const { graph } = session.study
  const exporter = yield* exporterOf(session, format)
  const instances = yield* named(graph, [target])
  const [instance, ...others] = instances
  if (others.length > 0) {
    return yield* told(`${target} is ${instances.length} instances: name one, e.g. ${instance!.id}`)
  }
  const refs = yield* Effect.try({ try: () => exporter.takes(instance!, graph), catch: (error) => told(error) })
  const places = yield* located(session, refs)
  const files = yield* Effect.tryPromise({
    try: async () => {
      const tables: Record<string, unknown> = {}
      for (const [name, { path, table }] of places) tables[name] = await TableFile.read(path, table)
      return exporter.files(tables as never, instance!, graph)
    },
    catch: (error) => told(error, exitCode.stageFailed)
  })
  const folder = to === "" ? nodePath.join("export", ...instance!.id.split("/")) : to
  yield* Effect.tryPromise({
    try: async () => {
      await mkdir(folder, { recursive: true })
      for (const { content, name } of files) await writeFile(nodePath.join(folder, name), content)
    },
    catch: (error) => told(error, exitCode.stageFailed)
  })
  const written = files.map(({ content, name }) => ({ file: nodePath.join(folder, name), bytes: content.length }))
  return { instance: instance!.id, format, files: written }
})
