/** Writes a whole folder of files in the place of another. */
import { Effect } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import { Disk } from "./disk.ts"

export interface FolderFile {
  /** Path below the folder, with forward slashes. */
  readonly path: string
  readonly content: string | Uint8Array
}

/** Written beside and swapped in whole: another process may be writing too, and somebody may be reading. */
export const replaceFolder = Effect.fn("replaceFolder")(function*(folder: string, files: ReadonlyArray<FolderFile>) {
  const disk = yield* Disk
  const draft = `${folder}.${randomUUID().slice(0, 8)}`
  const old = `${draft}.old`
  const write = Effect.gen(function*() {
    for (const { content, path } of files) {
      const target = nodePath.join(draft, path)
      if (!target.startsWith(draft + nodePath.sep)) {
        return yield* Effect.die(new Error(`${path} leads out of ${folder}`))
      }
      yield* disk.makeFolder(nodePath.dirname(target))
      yield* disk.write(target, content)
    }
    yield* Effect.ignore(disk.rename(folder, old))
    // Where another process has put its own there meanwhile, that one stays.
    yield* Effect.ignore(disk.rename(draft, folder))
  })
  yield* Effect.ensuring(write, Effect.ignore(Effect.andThen(disk.remove(draft), disk.remove(old))))
})
