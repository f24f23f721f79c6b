/** Puts the files that a stage made for people (a table `files`: path, content) into a folder of the store. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import { Files } from "../schemas/tables.ts"
import { Disk } from "./disk.ts"
import type { Instance } from "./graph.ts"
import type { Success } from "./journal/fold.ts"
import { Store } from "./store/store.ts"
import * as TableFile from "./table-file.ts"

/** Folder that the files of an instance are put into: <store>/<stage>/<study>. */
export const folderOf = (root: string, study: string, instance: Instance) =>
  nodePath.join(root, instance.stage.name, study)

/** Whether the stage makes files for people: an output called `files`. */
export const isPublished = (instance: Instance) => instance.stage.outputs.files?.name === Files.name

/** Writes the files, unless the folder already holds them; gives the folder. */
export const publish = Effect.fn("publish")(function*(study: string, instance: Instance, result: Success) {
  const disk = yield* Disk
  const store = yield* Store
  const folder = folderOf(store.root, study, instance)
  const output = result.outputs.files!
  const marker = nodePath.join(folder, ".digest")
  const { content, path } = yield* Effect.promise(() => TableFile.read(store.path(output.bytes), Files))
  const sizes = yield* Effect.forEach(path, (name) => disk.size(nodePath.join(folder, name)))
  const whole = sizes.every((size, index) => size === content[index]!.length)
  if (whole && (yield* disk.read(marker))?.toString() === output.digest) return folder
  // Written beside and swapped in whole: another run may be publishing too, and somebody may be reading.
  const draft = `${folder}.${randomUUID().slice(0, 8)}`
  for (const [index, name] of path.entries()) {
    const target = nodePath.join(draft, name)
    if (!target.startsWith(draft + nodePath.sep)) return yield* Effect.die(new Error(`${name} leads out of ${folder}`))
    yield* disk.makeFolder(nodePath.dirname(target))
    yield* disk.write(target, content[index]!)
  }
  yield* disk.write(nodePath.join(draft, ".digest"), output.digest)
  const old = `${draft}.old`
  yield* Effect.ignore(disk.rename(folder, old))
  // Where another run has put its own there meanwhile, that one stays.
  yield* Effect.ignore(disk.rename(draft, folder))
  yield* disk.remove(draft)
  yield* disk.remove(old)
  return folder
})
