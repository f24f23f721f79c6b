/**
 * Leases: at most one process makes a key at a time; a second one waits for the first one's result.
 *
 * A lease is the file leases/<key> with the holder's host, process id and start; its time of modification is the
 * heartbeat. A lease whose holder is dead (same host, no such process) or silent for `expiry` is taken over.
 */
import { Clock, Effect, Schedule, type Scope } from "effect"
import * as os from "node:os"
import * as nodePath from "node:path"
import * as z from "zod"
import { Disk, type DiskFailed } from "../disk.ts"

const heartbeat = "10 seconds"
/** Milliseconds after which a silent holder on another host counts as dead: several missed heartbeats. */
const expiry = 60_000

const Holder = z.object({ host: z.string(), pid: z.int(), instance: z.string() })
export type Holder = z.output<typeof Holder>

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

const parse = (content: string): Holder | undefined => {
  try {
    return Holder.parse(JSON.parse(content))
  } catch {
    return undefined
  }
}

const file = (root: string, key: string) => nodePath.join(root, "leases", key)

/** Who holds a key now, if anybody living does. */
export const holder = Effect.fn("Lease.holder")(function*(root: string, key: string) {
  const disk = yield* Disk
  const content = yield* disk.read(file(root, key))
  if (content === undefined) return undefined
  const modified = (yield* disk.modified(file(root, key))) ?? 0
  const recent = (yield* Clock.currentTimeMillis) - modified < expiry
  const found = parse(content.toString())
  // An unreadable lease is one that is being written, or was torn: it counts until it is old.
  if (found === undefined) return recent ? { host: "unknown", pid: 0, instance: "" } : undefined
  const living = found.host === os.hostname() ? isAlive(found.pid) : recent
  return living ? found : undefined
})

/** Takes the lease of a key for the scope; false when a living process holds it. */
export const acquire = (
  root: string,
  key: string,
  instance: string
): Effect.Effect<boolean, DiskFailed, Disk | Scope.Scope> =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const path = file(root, key)
    const content = JSON.stringify({ host: os.hostname(), pid: process.pid, instance } satisfies Holder)
    const take = Effect.acquireRelease(
      Effect.gen(function*() {
        yield* disk.makeFolder(nodePath.dirname(path))
        if (yield* disk.create(path, content)) return true
        if ((yield* holder(root, key)) !== undefined) return false
        yield* disk.remove(path)
        return yield* disk.create(path, content)
      }),
      (taken) => taken ? Effect.ignore(disk.remove(path)) : Effect.void
    )
    const taken = yield* take
    if (taken) yield* Effect.forkScoped(Effect.repeat(Effect.ignore(disk.touch(path)), Schedule.spaced(heartbeat)))
    return taken
  })
