/**
 * Content-addressed objects.
 *
 *     <root>/objects/ab/abcd….parquet   read-only, named by the SHA-256 of its bytes
 *     <root>/scratch/<writer>/…         drafts of running stages; whatever is left there belongs to nobody
 *     <root>/leases/<key>               who is making a key (lease.ts)
 *     <root>/journal/<writer>.ndjson    events (journal/)
 *     <root>/trash/<date>/objects/…     objects that nothing needed (collect.ts)
 *     <root>/quarantine/<bytes>.parquet objects that did not hold their bytes (verify.ts)
 *
 * Commit: the draft is synced, renamed into objects/, made read-only, its folder synced; then the event is appended. An
 * artifact exists when its event exists, so a draft or an object without an event is harmless.
 */
import { Context, Effect, Layer } from "effect"
import { statSync } from "node:fs"
import * as nodePath from "node:path"
import type { Output } from "../../schemas/event.ts"
import { ofBytes } from "../digest.ts"
import { Disk, type DiskFailed } from "../disk.ts"

export class Store extends Context.Service<Store, {
  readonly root: string
  /** Where the object of these bytes is, or would be. */
  readonly path: (bytes: string) => string
  /** Whether the object is there, with its recorded size. */
  readonly holds: (output: Output) => boolean
  /** Moves a synced draft into the objects. */
  readonly commit: (draft: string, output: Output) => Effect.Effect<void, DiskFailed>
  /** A new folder for drafts. */
  readonly scratch: (name: string) => Effect.Effect<string, DiskFailed>
  /** Removes a folder of drafts. */
  readonly discard: (name: string) => Effect.Effect<void, DiskFailed>
}>()("pipeline/Store") {
  static readonly layer = (root: string) =>
    Layer.effect(
      Store,
      Effect.gen(function*() {
        const disk = yield* Disk
        const path = (bytes: string) => nodePath.join(root, "objects", bytes.slice(0, 2), `${bytes.slice(2)}.parquet`)
        return Store.of({
          root,
          path,
          holds: (output) => statSync(path(output.bytes), { throwIfNoEntry: false })?.size === output.size,
          commit: Effect.fn("Store.commit")(function*(draft, output) {
            const target = path(output.bytes)
            const folder = nodePath.dirname(target)
            yield* disk.makeLastingFolder(root, folder)
            // What is there is kept only where it holds these bytes: a damaged object is replaced by the draft.
            const there = yield* disk.read(target)
            if (there !== undefined && ofBytes(there) === output.bytes) {
              // Whoever put it there may not have come to sync it, or may be about to.
              yield* disk.syncFile(target)
              yield* disk.remove(draft)
            } else {
              if (there !== undefined) yield* disk.remove(target)
              yield* disk.rename(draft, target)
              yield* disk.protect(target)
            }
            yield* disk.syncFolder(folder)
          }),
          scratch: Effect.fn("Store.scratch")(function*(name) {
            const folder = nodePath.join(root, "scratch", name)
            yield* disk.remove(folder)
            yield* disk.makeFolder(folder)
            return folder
          }),
          discard: (name) => disk.remove(nodePath.join(root, "scratch", name))
        })
      })
    )
}
