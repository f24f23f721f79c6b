/**
 * Leases: at most one process makes a key at a time; a second one waits for the first one's result.
 *
 * A lease is the file leases/<key>.<fence>. Its number, the fence, grows with every holder of a key that might outlive its
 * lease, and stands in the events of what the holder does: of two results of a key the one of the higher fence counts. So a
 * holder that was taken for dead and wakes up can harm nothing, whatever it believes.
 *
 * Nothing here relies on file locks, on clocks of different hosts, or on a folder's listing being up to date. That one file of a
 * number is created once is the server's word (O_EXCL); content is read by opening the file anew, which on NFS asks the
 * server. The holder writes a counter into its file every `heartbeat`; who wants the key reads it again and again, and takes
 * the holder for dead when the content has stayed the same for `expiry` of the reader's own monotonic time, or at once
 * when it ran in this very place and no such process runs, or the machine has been started anew since.
 */
import { Clock, Deferred, Effect, Exit, Schedule, type Scope } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import * as z from "zod"
import { Disk, type DiskFailed } from "../disk.ts"
import { hasEnded, here, isHere } from "./place.ts"

const heartbeat = "10 seconds"
/** Nanoseconds of an unchanged lease after which its holder counts as dead: several missed heartbeats. */
const expiry = 60_000_000_000n
/** The same for a lease that cannot be read: its holder died, or the power went, before it had written it. */
const expiryUnread = 5_000_000_000n
/** Milliseconds after which whoever only looks takes an untouched lease for one of the dead; by the clock, since it cannot wait. */
const silence = 600_000

const Holder = z.object({
  host: z.string(),
  boot: z.string(),
  space: z.string(),
  pid: z.int(),
  instance: z.string(),
  token: z.string(),
  /** Heartbeats so far. */
  beat: z.int(),
  /** Whether the lease was given up: the file stands for its number alone. */
  released: z.boolean()
})
export type Holder = z.output<typeof Holder>

/** Tokens of the leases that this process holds: its own process id on a lease may be that of a dead namesake. */
const held = new Set<string>()

/** What this process has seen of others' leases, and since when it has not changed. */
const watched = new Map<string, { readonly content: string; readonly since: bigint }>()

const parse = (content: string): Holder | undefined => {
  try {
    return Holder.parse(JSON.parse(content))
  } catch {
    return undefined
  }
}

/** The text of a lease: as long from its first beat to its last, so that one write replaces it. */
const textOf = (holder: Holder, beats = 0) =>
  JSON.stringify({ ...holder, beat: beats }).padEnd(JSON.stringify(holder).length + 12)

const folderOf = (root: string) => nodePath.join(root, "leases")
const fileOf = (root: string, key: string, fence: number) => nodePath.join(folderOf(root), `${key}.${fence}`)

/** Splits the name of a lease. */
export const parseName = (name: string): { readonly key: string; readonly fence: number } | undefined => {
  const match = /^([0-9a-z]{64})\.(\d+)$/.exec(name)
  return match === null ? undefined : { key: match[1]!, fence: Number(match[2]) }
}

/** Fences of the leases of a key that lie there, highest first. */
const fencesOf = (root: string, key: string) =>
  Effect.gen(function*() {
    const disk = yield* Disk
    return (yield* disk.list(folderOf(root))).map(parseName)
      .flatMap((name) => name?.key === key ? [name.fence] : []).sort((a, b) => b - a)
  })

/** Whether a holder is dead for certain: its process has ended, or it is this one, and does not know of the lease. */
const isDead = (found: Holder) =>
  hasEnded(found, found.pid) || (isHere(found) && found.pid === process.pid && !held.has(found.token))

/** Whether a lease is free, as far as this process has been able to see by now. */
const isFree = (path: string, content: string) =>
  Effect.map(Clock.monotonicTimeNanos, (now) => {
    const found = parse(content)
    if (found !== undefined && (found.released || isDead(found))) return true
    const before = watched.get(path)
    if (before?.content !== content) watched.set(path, { content, since: now })
    return before?.content === content && now - before.since >= (found === undefined ? expiryUnread : expiry)
  })

/**
 * Who seems to hold a key now, without waiting: somebody who lives, or who cannot be asked and has touched the lease within
 * `patience` milliseconds.
 */
export const holder = Effect.fn("Lease.holder")(function*(root: string, key: string, patience = silence) {
  const disk = yield* Disk
  const [fence] = yield* fencesOf(root, key)
  if (fence === undefined) return undefined
  const path = fileOf(root, key, fence)
  const content = (yield* disk.read(path))?.toString()
  const found = content === undefined ? undefined : parse(content)
  if (found === undefined || found.released || isDead(found)) return undefined
  const age = (yield* Clock.currentTimeMillis) - ((yield* disk.modified(path)) ?? 0)
  return age < patience ? found : undefined
})

export interface Lease {
  /** Higher than that of any holder of the key before. */
  readonly fence: number
  /** Whether nobody has taken it over, looked up now. */
  readonly isOurs: Effect.Effect<boolean, DiskFailed>
  /** Ends when somebody is seen to have taken it over. */
  readonly lost: Effect.Effect<void>
  /** Says that the journal has a result of this fence: nothing needs to be left to keep its number. */
  readonly settle: () => void
}

/**
 * Takes the lease of a key for the scope; undefined while another holds it, or may: ask again. Its fence is above `past`, that
 * of the key's last result.
 */
export const acquire = (
  root: string,
  key: string,
  instance: string,
  past = 0
): Effect.Effect<Lease | undefined, DiskFailed, Disk | Scope.Scope> =>
  Effect.gen(function*() {
    const disk = yield* Disk
    const own: Holder = { ...here, pid: process.pid, instance, token: randomUUID(), beat: 0, released: false }
    let settled = false
    const holds = Effect.fn("Lease.holds")(function*(fence: number) {
      const content = (yield* disk.read(fileOf(root, key, fence)))?.toString() ?? ""
      return parse(content)?.token === own.token && (yield* fencesOf(root, key))[0] === fence
    }, Effect.provideService(Disk, disk))

    const take = Effect.gen(function*() {
      yield* disk.makeFolder(folderOf(root))
      const found = yield* fencesOf(root, key)
      const last = found[0] ?? 0
      if (last > 0) {
        const path = fileOf(root, key, last)
        const content = (yield* disk.read(path))?.toString()
        if (content === undefined || !(yield* isFree(path, content))) return undefined
        watched.delete(path)
      }
      const fence = Math.max(last, past) + 1
      // Where the server's answer was lost and the call made again, the file that is there is our own.
      if (!(yield* disk.create(fileOf(root, key, fence), textOf(own))) && !(yield* holds(fence))) return undefined
      if (!(yield* holds(fence))) {
        yield* disk.remove(fileOf(root, key, fence))
        return undefined
      }
      for (const lower of found) yield* disk.remove(fileOf(root, key, lower))
      return { fence, overtook: last > 0 }
    })
    /** Whoever took over leaves the number behind: the one before may still believe it holds the key. */
    const release = ({ fence, overtook }: { readonly fence: number; readonly overtook: boolean }) =>
      Effect.gen(function*() {
        if (!(yield* holds(fence))) return
        const path = fileOf(root, key, fence)
        if (!overtook || settled) yield* disk.remove(path)
        // "true" is a letter shorter than "false".
        else yield* disk.overwrite(path, textOf({ ...own, released: true }).padEnd(textOf(own).length))
      })

    const taken = yield* Effect.acquireRelease(
      Effect.onExit(
        Effect.suspend(() => {
          held.add(own.token)
          return take
        }),
        (exit) => Effect.sync(() => Exit.isSuccess(exit) && exit.value ? undefined : held.delete(own.token))
      ),
      (taken) => {
        held.delete(own.token)
        return taken === undefined ? Effect.void : Effect.ignore(release(taken))
      }
    )
    if (taken === undefined) return undefined
    const { fence } = taken
    const overtaken = yield* Deferred.make<void>()
    let beats = 0
    const beat = Effect.gen(function*() {
      const ours = yield* holds(fence)
      if (!ours || !(yield* disk.overwrite(fileOf(root, key, fence), textOf(own, ++beats)))) {
        yield* Deferred.succeed(overtaken, undefined)
      }
    })
    yield* Effect.forkScoped(Effect.repeat(Effect.ignore(beat), Schedule.spaced(heartbeat)))
    return { fence, isOurs: holds(fence), lost: Deferred.await(overtaken), settle: () => void (settled = true) }
  })
