/** Writes where a result, or all that a run made, comes from, in a form that other programs read. */
import { Effect } from "effect"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import * as nodePath from "node:path"
import { Files } from "../../schemas/tables.ts"
import type { FolderFile } from "../folder.ts"
import { fold, type Success } from "../journal/fold.ts"
import { Journal } from "../journal/journal.ts"
import * as Key from "../key.ts"
import { openLineage } from "../provenance/open-lineage.ts"
import { provJson } from "../provenance/prov-json.ts"
import { type Provenance, provenanceOf, resultsOfRun } from "../provenance/provenance.ts"
import { roCrate, type StudyFile } from "../provenance/ro-crate.ts"
import { Store } from "../store/store.ts"
import * as TableFile from "../table-file.ts"
import * as Upgrade from "../upgrade.ts"
import { exitCode, type Session, Told, verdicts } from "./session.ts"
import { named } from "./targets.ts"

const endings = { "ro-crate": "", "prov-json": ".prov.json", openlineage: ".openlineage.ndjson" } as const
type Form = keyof typeof endings

export const provenanceFormats = Object.keys(endings) as ReadonlyArray<Form>
export const isProvenance = (format: string): format is Form => Object.hasOwn(endings, format)

const told = (error: unknown) =>
  new Told({ text: error instanceof Error ? error.message : String(error), code: exitCode.stageFailed })

/** Results of the instances that a target names; an error where one is not fresh. */
const resultsOf = Effect.fn("export.resultsOf")(function*(session: Session, target: string) {
  const all = verdicts(session)
  return yield* Effect.forEach(yield* named(session.study.graph, [target]), ({ id }) => {
    const verdict = all.get(id)
    return verdict?.status === "fresh"
      ? Effect.succeed(verdict.result)
      : Effect.fail(
        new Told({ text: `${id} is not there or not fresh; make it by: pipeline run ${id}`, code: exitCode.usage })
      )
  })
})

/** The study's file where it still says what was run, else what was. */
const studyFile = Effect.fn("export.studyFile")(function*({ study }: Session, { settings }: Provenance) {
  const same = Key.changes(settings, study.settings).length === 0
  const own = same
    ? yield* Effect.tryPromise(() => readFile(study.file)).pipe(Effect.orElseSucceed(() => undefined))
    : undefined
  return (own === undefined
    ? { path: "settings.json", content: Buffer.from(`${JSON.stringify(settings, null, 2)}\n`) }
    : { path: `study${nodePath.extname(study.file)}`, content: own }) satisfies StudyFile
})

/** What results have made for people, each file below report/. */
const published = Effect.fn("export.published")(function*(results: ReadonlyArray<Success>) {
  const store = yield* Store
  const found = new Map<string, ReadonlyArray<FolderFile>>()
  for (const { instance, key, outputs } of results) {
    const { files } = outputs
    if (files?.table !== Files.name) continue
    if (!store.holds(files)) {
      return yield* told(`the files of ${instance} are gone from the store: pipeline run ${instance}`)
    }
    const { content, path } = yield* Effect.promise(() => TableFile.read(store.path(files.bytes), Files))
    found.set(key, path.map((name, index) => ({ path: `${instance}/${name}`, content: content[index]! })))
  }
  return found
})

/** Files of a form by their paths: below a folder, or one alone that has none. */
const filesOf = Effect.fn("export.filesOf")(function*(session: Session, provenance: Provenance, form: Form) {
  switch (form) {
    case "prov-json":
      return [{ path: "", content: provJson(provenance) }]
    case "openlineage":
      return [{ path: "", content: openLineage(provenance) }]
    case "ro-crate": {
      const report = yield* published(provenance.asked.map(({ result }) => result))
      return roCrate(provenance, yield* studyFile(session, provenance), report)
    }
  }
})

export const exportProvenance = Effect.fn("exportProvenance")(function*(
  session: Session,
  what: string,
  form: Form,
  to: string
) {
  const { app } = session
  const journal = yield* Journal
  const events = Upgrade.events((yield* journal.history).events, app.stages)
  const { results } = fold(events, session.study.name)
  const isRun = session.facts.state.runs.has(what)
  const asked = isRun ? resultsOfRun(events, results, what) : yield* resultsOf(session, what)
  if (asked.length === 0) {
    return yield* new Told({ text: `run ${what} has made nothing, so there is nothing to tell`, code: exitCode.usage })
  }
  const provenance = provenanceOf(events, results, asked, {
    of: what,
    software: { name: app.name ?? "pipeline", version: app.version, license: app.license ?? "Apache-2.0" },
    stages: app.stages
  })
  const files = yield* filesOf(session, provenance, form)
  const target = to === "" ? `${nodePath.join("export", ...what.split("/"))}${endings[form]}` : to
  const written: Array<{ file: string; bytes: number }> = []
  yield* Effect.tryPromise({
    try: async () => {
      for (const { content, path } of files) {
        const file = path === "" ? target : nodePath.join(target, path)
        await mkdir(nodePath.dirname(file), { recursive: true })
        await writeFile(file, content)
        written.push({ file, bytes: Buffer.from(content).length })
      }
    },
    catch: told
  })
  return { [isRun ? "run" : "instance"]: what, format: form, results: provenance.results.length, files: written }
})
