/**
 * The paper of a study: the files that its last stage made for people, in a folder of their own that is committed, with a manifest
 * (schemas/paper.ts) that says what they stand for.
 */
import { Effect } from "effect"
import { readdirSync } from "node:fs"
import * as nodePath from "node:path"
import { PaperManifest } from "../../schemas/paper.ts"
import type { RunView } from "../../schemas/run-view.ts"
import { Files } from "../../schemas/tables.ts"
import type { LoadedStudy } from "../app.ts"
import * as Digest from "../digest.ts"
import { Disk } from "../disk.ts"
import { replaceFolder } from "../folder.ts"
import type { Graph, Instance } from "../graph.ts"
import type { Success } from "../journal/fold.ts"
import { filled, isPublished } from "../publish.ts"
import { Store } from "../store/store.ts"
import * as TableFile from "../table-file.ts"

/** Contents by path below the folder, with forward slashes. */
export type Contents = ReadonlyMap<string, Uint8Array>

export const manifestName = "manifest.json"

/** Folder of a study's paper among all papers. */
export const folderOf = (papers: string, study: string): string => nodePath.join(papers, study)

/** The instance whose files are the paper: the only one that makes files for people; undefined where there is none, or several. */
export const instanceOf = ({ instances }: Graph): Instance | undefined => {
  const published = instances.filter(isPublished)
  return published.length === 1 ? published[0] : undefined
}

/** Files that an output `files` holds. */
export const contentsOf = Effect.fn("Paper.contentsOf")(function*(file: string) {
  const { content, path } = yield* Effect.promise(() => TableFile.read(file, Files))
  return new Map(path.map((name, index) => [name, content[index]!])) as Contents
})

export interface Paper {
  readonly manifest: PaperManifest
  /** Files that are in the folder, the manifest aside. */
  readonly contents: Contents
}

/** The manifest in a folder; undefined where there is none. Fails with a text where it cannot be read. */
export const readManifest = Effect.fn("Paper.readManifest")(function*(folder: string) {
  const disk = yield* Disk
  const file = nodePath.join(folder, manifestName)
  if ((yield* disk.size(file)) === undefined) return undefined
  const written = (yield* disk.read(file))!
  return yield* Effect.try({
    try: () => PaperManifest.parse(JSON.parse(written.toString())),
    catch: (error) => `${file} is no manifest of a paper: ${error instanceof Error ? error.message : String(error)}`
  })
})

/** The paper in a folder; undefined where there is no manifest. Fails with a text where it cannot be read. */
export const read = Effect.fn("Paper.read")(function*(folder: string) {
  const disk = yield* Disk
  const manifest = yield* readManifest(folder)
  if (manifest === undefined) return undefined
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      nodePath.relative(folder, nodePath.join(entry.parentPath, entry.name)).replaceAll(nodePath.sep, "/")
    )
    .filter((name) => name !== manifestName)
    .sort()
  const contents = new Map<string, Uint8Array>()
  for (const name of names) contents.set(name, (yield* disk.read(nodePath.join(folder, name)))!)
  return { manifest, contents } satisfies Paper
})

/** Writes the paper of a result, whole, in the place of what was there; pages with what is known of the runs behind them. */
export const write = Effect.fn("Paper.write")(function*(
  folder: string,
  study: LoadedStudy,
  result: Success,
  view: RunView
) {
  const store = yield* Store
  const output = result.outputs.files!
  const files = filled(yield* Effect.promise(() => TableFile.read(store.path(output.bytes), Files)), view)
  const manifest: PaperManifest = {
    paper: 1,
    study: study.name,
    settings: study.settings,
    instance: result.instance,
    key: result.key,
    record: result.record,
    files: Object.fromEntries(
      files.map(({ content, path }) => [path, { sha256: Digest.ofBytes(content), size: content.length }])
    )
  }
  const written = { path: manifestName, content: `${JSON.stringify(manifest, null, 2)}\n` }
  yield* replaceFolder(folder, [...files, written])
  return manifest
})
