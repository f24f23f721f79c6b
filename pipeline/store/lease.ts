/**
 * Leases: at most one process makes a key at a time; a second one waits for the first one's result.
 *
 * A lease is the file leases/<key> with the holder's host, process id and a random token; its time of modification is the
 * heartbeat. A holder counts as dead when it has been silent for `expiry`, or when it is on this host and no such process
 * runs. Who takes over a dead lease first moves it aside, so that of several only one does. A holder that was taken for
 * dead wrongly touches and removes only a lease with its own token. Leases save work; what keeps artifacts whole is that
 * they are named by their content and committed by an event.
 */
import { Clock, Effect, Exit, Schedule, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as os from "node:os"
import * as nodePath from "node:path"
import * as z from "zod"
import { Disk, type DiskFailed } from "../disk.ts"

const heartbeat = "10 seconds"
/** Milliseconds after which a silent holder counts as dead: several missed heartbeats. */
const expiry = 60_000

const Holder = z.object({ host: z.string(), pid: z.int(), instance: z.string(), token: z.string() })
export type Holder = z.output<typeof Holder>

/** Tokens of the leases that this process holds: its own process id on a lease may be that of a dead namesake. */
const held = new Set<string>()

/** Whether a process of this host runs. */
export const isAlive = (pid: number): boolean => {
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

interface Found {
  readonly content: string
  /** The holder, if it lives. An unreadable lease is one that is being written, or was torn: it lives until it is old. */
  readonly living: Holder | undefined
}

const look = Effect.fn("Lease.look")(function*(path: string) {
  const disk = yield* Disk
  const content = (yield* disk.read(path))?.toString()
  if (content === undefined) return undefined
  const modified = (yield* disk.modified(path)) ?? 0
  const recent = (yield* Clock.currentTimeMillis) - modified < expiry
  const found = parse(content) ?? { host: "unknown", pid: 0, instance: "", token: "" }
  const runs = found.host !== os.hostname() || (found.pid === process.pid ? held.has(found.token) : isAlive(found.pid))
  return { content, living: recent && runs ? found : undefined } satisfies Found
})

/** Who holds a key now, if anybody living does. */
export const holder = (root: string, key: string): Effect.Effect<Holder | undefined, DiskFailed, Disk> =>
  Effect.map(look(file(root, key)), (found) => found?.living)

/** Moves a dead lease out of the way; puts it back where somebody else has taken over meanwhile. */
const setAside = Effect.fn("Lease.setAside")(function*(path: string, dead: string, token: string) {
  const disk = yield* Disk
  const aside = `${path}.${token}`
  const moved = yield* Effect.option(disk.rename(path, aside))
  if (moved._tag === "None") return
  const content = (yield* disk.read(aside))?.toString()
  if (content !== undefined && content !== dead) yield* disk.create(path, content)
  yield* disk.remove(aside)
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
    const token = randomUUID()
    const content = JSON.stringify({ host: os.hostname(), pid: process.pid, instance, token } satisfies Holder)
    const isOurs = Effect.map(disk.read(path), (found) => found?.toString() === content)
    const taken = yield* Effect.acquireRelease(
      Effect.gen(function*() {
        yield* disk.makeFolder(nodePath.dirname(path))
        held.add(token)
        if (yield* disk.create(path, content)) return true
        const found = yield* look(path)
        if (found !== undefined && found.living === undefined) {
          yield* setAside(path, found.content, token)
          if (yield* disk.create(path, content)) return true
        }
        return false
      }).pipe(Effect.onExit((exit) =>
        Effect.sync(() => {
          if (!Exit.isSuccess(exit) || !exit.value) held.delete(token)
        })
      )),
      (taken) => {
        held.delete(token)
        return taken
          ? Effect.ignore(Effect.flatMap(isOurs, (ours) => ours ? disk.remove(path) : Effect.void))
          : Effect.void
      }
    )
    if (taken) {
      const beat = Effect.flatMap(isOurs, (ours) => ours ? disk.touch(path) : Effect.void)
      yield* Effect.forkScoped(Effect.repeat(Effect.ignore(beat), Schedule.spaced(heartbeat)))
    }
    return taken
  })
