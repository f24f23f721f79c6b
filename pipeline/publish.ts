/**
 * Puts the files that a stage made for people (a table `files`: path, content) into a folder of the store, pages with what is known of
 * the runs behind them (schemas/run-slot.ts).
 */
import { Effect } from "effect"
import * as nodePath from "node:path"
import type { RunView } from "../schemas/run-view.ts"
import type { Columns } from "../schemas/table.ts"
import { Files } from "../schemas/tables.ts"
import * as Digest from "./digest.ts"
import { Disk } from "./disk.ts"
import { replaceFolder } from "./folder.ts"
import type { Instance } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import { withRun } from "./page/fill.ts"
import { Store } from "./store/store.ts"
import * as TableFile from "./table-file.ts"

/** Folder that the files of an instance are put into: <store>/<stage>/<study>. */
export const folderOf = (root: string, study: string, instance: Instance) =>
  nodePath.join(root, instance.stage.name, study)

/** Whether the stage makes files for people: an output called `files`. */
export const isPublished = (instance: Instance) => instance.stage.outputs.files?.name === Files.name

/** Files with the facts of runs in their pages. */
export const filled = (files: Columns<typeof Files>, view: RunView) =>
  files.path.map((path, index) => {
    const content = files.content[index]!
    if (!path.endsWith(".html")) return { path, content }
    return { path, content: Buffer.from(withRun(Buffer.from(content).toString(), view)), isPage: true }
  })

/**
 * Writes the files, with what is known of the runs in their pages, unless the folder already holds them; gives the folder. The view
 * says nothing of runs that changed nothing, so these write nothing.
 */
export const publish = Effect.fn("publish")(function*(
  study: string,
  instance: Instance,
  result: Success,
  view: RunView
) {
  const disk = yield* Disk
  const store = yield* Store
  const folder = folderOf(store.root, study, instance)
  const output = result.outputs.files!
  const marker = nodePath.join(folder, ".digest")
  const files = filled(yield* Effect.promise(() => TableFile.read(store.path(output.bytes), Files)), view)
  const pages = Buffer.concat(files.filter(({ isPage }) => isPage).map(({ content }) => content))
  const mark = `${output.digest}\n${Digest.ofBytes(pages)}\n`
  const sizes = yield* Effect.forEach(files, ({ path }) => disk.size(nodePath.join(folder, path)))
  const whole = sizes.every((size, index) => size === files[index]!.content.length)
  if (whole && (yield* disk.read(marker))?.toString() === mark) return folder
  yield* replaceFolder(folder, [...files, { path: ".digest", content: mark }])
  return folder
})
