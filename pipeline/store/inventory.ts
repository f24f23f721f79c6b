/** What lies in a store: objects, drafts, trash. */
import { Effect } from "effect"
import * as nodePath from "node:path"
import { Disk } from "../disk.ts"

export interface StoredObject {
  /** SHA-256 of its bytes, by its name. */
  readonly bytes: string
  readonly path: string
  readonly size: number
  /** When it was written, milliseconds since 1970. */
  readonly modified: number
}

/** Objects by name. Files that are not named as objects are passed over. */
export const objects = Effect.fn("Inventory.objects")(function*(root: string) {
  const disk = yield* Disk
  const folder = nodePath.join(root, "objects")
  const found: Array<StoredObject> = []
  for (const first of yield* disk.list(folder)) {
    if (!/^[0-9a-f]{2}$/.test(first)) continue
    for (const name of yield* disk.list(nodePath.join(folder, first))) {
      const rest = /^([0-9a-f]{62})\.parquet$/.exec(name)?.[1]
      if (rest === undefined) continue
      const path = nodePath.join(folder, first, name)
      const size = yield* disk.size(path)
      const modified = yield* disk.modified(path)
      if (size !== undefined && modified !== undefined) found.push({ bytes: first + rest, path, size, modified })
    }
  }
  return found
})

export interface Folder {
  readonly name: string
  readonly path: string
  /** Bytes of all files below. */
  readonly size: number
  /** The latest time at which anything below was written. */
  readonly modified: number
}

const measure: (path: string) => Effect.Effect<{ size: number; modified: number }, never, Disk> = Effect.fn(
  "Inventory.measure"
)(function*(path: string) {
  const disk = yield* Disk
  const modified = yield* Effect.orElseSucceed(disk.modified(path), () => undefined)
  // Not a folder: a file, or gone meanwhile.
  const names = yield* Effect.option(disk.list(path))
  if (names._tag === "None") {
    const size = yield* Effect.orElseSucceed(disk.size(path), () => undefined)
    return { size: size ?? 0, modified: modified ?? 0 }
  }
  let whole = { size: 0, modified: modified ?? 0 }
  for (const name of names.value) {
    const part = yield* measure(nodePath.join(path, name))
    whole = { size: whole.size + part.size, modified: Math.max(whole.modified, part.modified) }
  }
  return whole
})

/** What lies in a folder of the store, e.g. scratch or trash, one entry each, with all that is below. */
export const folders = Effect.fn("Inventory.folders")(function*(root: string, folder: string) {
  const disk = yield* Disk
  const found: Array<Folder> = []
  for (const name of yield* disk.list(nodePath.join(root, folder))) {
    const path = nodePath.join(root, folder, name)
    found.push({ name, path, ...yield* measure(path) })
  }
  return found
})
