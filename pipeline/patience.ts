/**
 * Patience with a file system that cannot be written for a while: shared ones are made read-only for a moment, lose their server, or
 * fill up. What is done again and again until it goes is only what may be done twice.
 */
import { Clock, Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import { Disk, type DiskFailed } from "./disk.ts"
import { Executor } from "./executor/executor.ts"
import { Journal } from "./journal/journal.ts"

/** Codes of failures that pass. */
const passing = new Set([
  "EROFS",
  "EACCES",
  "EPERM",
  "ENOSPC",
  "EDQUOT",
  "EIO",
  "ESTALE",
  "ETIMEDOUT",
  "EHOSTDOWN",
  "EREMOTEIO",
  "EAGAIN",
  "EBUSY"
])

/** Milliseconds between two tries. */
const between = 2000

export interface Patience {
  /** Milliseconds after which a failure is told after all. */
  readonly for: number
  /** Hears of the first failure, once each time. */
  readonly onWait: (error: DiskFailed) => void
}

const patiently = ({ for: limit, onWait }: Patience) => <A, R>(effect: Effect.Effect<A, DiskFailed, R>) =>
  Effect.gen(function*() {
    const begun = yield* Clock.currentTimeMillis
    let told = false
    while (true) {
      const tried = yield* Effect.result(effect)
      if (tried._tag === "Success") return tried.success
      const error = tried.failure
      if (!passing.has(error.code) || (yield* Clock.currentTimeMillis) - begun > limit) return yield* error
      if (!told) onWait(error)
      told = true
      yield* Effect.sleep(between)
    }
  })

/** A disk whose calls that may be done twice are done until they go. */
export const disk = (patience: Patience) =>
  Layer.effect(
    Disk,
    Effect.map(Disk, (inner) => {
      const again = patiently(patience)
      return Disk.of({
        ...inner,
        makeFolder: (path) => again(inner.makeFolder(path)),
        makeLastingFolder: (root, path) => again(inner.makeLastingFolder(root, path)),
        read: (path) => again(inner.read(path)),
        readFrom: (path, offset, most) => again(inner.readFrom(path, offset, most)),
        list: (path) => again(inner.list(path)),
        size: (path) => again(inner.size(path)),
        write: (path, content) => again(inner.write(path, content)),
        create: (path, content) => again(inner.create(path, content)),
        overwrite: (path, content) => again(inner.overwrite(path, content)),
        syncFile: (path) => again(inner.syncFile(path)),
        syncFolder: (path) => again(inner.syncFolder(path)),
        rename: (from, to) => again(inner.rename(from, to)),
        protect: (path) => again(inner.protect(path)),
        remove: (path) => again(inner.remove(path))
      })
    })
  )

/** A journal that appends until it goes. An event whose sync failed may be there twice then: it says the same. */
export const journal = (patience: Patience) =>
  Layer.effect(
    Journal,
    Effect.map(Journal, (inner) =>
      Journal.of({ ...inner, append: (payload) => patiently(patience)(inner.append(payload)) }))
  )

/**
 * An executor that runs a task again whose stage broke while the folder of its drafts could not be written, once it can be. It goes
 * on from what was saved before.
 */
export const executor = (patience: Patience) =>
  Layer.effect(
    Executor,
    Effect.gen(function*() {
      const inner = yield* Executor
      const disk = yield* Disk
      return Executor.of({
        run: (task, attendant) => {
          const folder = nodePath.dirname(Object.values(task.drafts)[0] ?? ".")
          const probe = Effect.suspend(() => {
            const path = nodePath.join(folder, `.probe-${randomUUID()}`)
            return Effect.andThen(disk.write(path, ""), disk.remove(path))
          })
          const attempt: ReturnType<typeof inner.run> = Effect.catch(inner.run(task, attendant), (broke) =>
            Effect.flatMap(Effect.result(probe), (now) =>
              now._tag === "Success" || !passing.has(now.failure.code)
                ? Effect.fail(broke)
                : patiently(patience)(probe).pipe(
                  Effect.catch(() =>
                    Effect.fail(broke)
                  ),
                  Effect.andThen(Effect.suspend(() => attempt))
                )))
          return attempt
        }
      })
    })
  )
