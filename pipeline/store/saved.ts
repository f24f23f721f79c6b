/**
 * What running stages saved of their state: saved/<key>/<bytes>.parquet, read-only, named by the SHA-256 of its bytes. Kept apart
 * from the objects, since they pass: a later one takes the place of an earlier one, and all go when the key has a result.
 * Lost or damaged, they cost the work they stood for, and nothing else.
 */
import { Effect } from "effect"
import { statSync } from "node:fs"
import * as nodePath from "node:path"
import { Disk } from "../disk.ts"
import type { Saving, Task } from "../executor/executor.ts"
import type { Saved } from "../journal/fold.ts"

export const folderOf = (root: string, key: string) => nodePath.join(root, "saved", key)
export const fileOf = (root: string, key: string, bytes: string) =>
  nodePath.join(folderOf(root, key), `${bytes}.parquet`)

/** Moves synced drafts there, to stay through a power cut; gives the tables as an event names them. */
export const keep = Effect.fn("Saved.keep")(function*(root: string, key: string, drafts: Saving["drafts"]) {
  const disk = yield* Disk
  yield* disk.makeLastingFolder(root, folderOf(root, key))
  const tables: Record<string, { readonly table: string; readonly bytes: string; readonly size: number }> = {}
  for (const [name, { bytes, path, size, table }] of Object.entries(drafts)) {
    const target = fileOf(root, key, bytes)
    yield* disk.rename(path, target)
    yield* disk.protect(target)
    tables[name] = { table, bytes, size }
  }
  yield* disk.syncFolder(folderOf(root, key))
  return tables
})

/** Files of what an event names, if all of them are there. Their bytes are checked where they are read. */
export const find = (root: string, { key, tables }: Saved): Task["saved"] => {
  const found = Object.entries(tables).map(([name, { bytes, size }]) => {
    const path = fileOf(root, key, bytes)
    return [name, { path, bytes, size, there: statSync(path, { throwIfNoEntry: false })?.size }] as const
  })
  return found.every(([, { size, there }]) => size === there)
    ? Object.fromEntries(found.map(([name, { bytes, path }]) => [name, { path, bytes }]))
    : undefined
}

/** Removes what was saved of a key earlier than what an event names. */
export const dropBefore = Effect.fn("Saved.dropBefore")(function*(root: string, { key, tables }: Saved) {
  const disk = yield* Disk
  const named = new Set(Object.values(tables).map(({ bytes }) => nodePath.basename(fileOf(root, key, bytes))))
  for (const name of yield* disk.list(folderOf(root, key))) {
    if (!named.has(name)) yield* disk.remove(nodePath.join(folderOf(root, key), name))
  }
})

/** Removes all that was saved of a key. */
export const drop = Effect.fn("Saved.drop")(function*(root: string, key: string) {
  const disk = yield* Disk
  if ((yield* disk.list(folderOf(root, key))).length > 0) yield* disk.remove(folderOf(root, key))
})
