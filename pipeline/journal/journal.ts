/**
 * The append-only log of a store: one file a writer, so that processes and hosts append without sharing a file.
 * Readers take no lock and see every whole line; what was read once is not read again.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import type { Event, Payload } from "../../schemas/event.ts"
import { Disk, type DiskFailed } from "../disk.ts"
import { counts, type Saved, type Success } from "./fold.ts"
import * as Line from "./line.ts"
import * as Snapshot from "./snapshot.ts"

/** Everything read from a journal folder. */
export interface History {
  /** In causal order: by `seq`, then by writer. */
  readonly events: ReadonlyArray<Event>
  /** What was passed over: torn or damaged lines, by file and line. */
  readonly notes: ReadonlyArray<string>
}

/** Bytes of a journal file that are read at once: a text cannot be as long as a file can. */
const chunk = 1 << 24

const isDurable = (payload: Payload) => payload.type !== "StageProgressed"

/** Orders events by cause: by `seq`, then by writer. */
const causally = (
  a: { readonly seq: number; readonly writer: string },
  b: { readonly seq: number; readonly writer: string }
) => a.seq - b.seq || (a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : 0)

/** What was read of one journal file: whole lines up to `bytes`. */
interface Reading {
  bytes: number
  lines: number
  readonly events: Array<Event>
  readonly notes: Array<string>
  torn: boolean
}

export class Journal extends Context.Service<Journal, {
  /** Appends one event. It has happened once this returns: synced to disk, except progress. */
  readonly append: (payload: Payload) => Effect.Effect<Event, DiskFailed>
  /** All that was ever appended. */
  readonly history: Effect.Effect<History, DiskFailed>
  /** What folds to the same present as the whole history, read from the snapshot where there is one. */
  readonly present: Effect.Effect<History, DiskFailed>
  /** Writes the snapshot anew, where enough has happened since the last one for the next start to gain by it. */
  readonly condense: Effect.Effect<void, DiskFailed>
  /**
   * What is so far, as `present` has it, and an effect that gives what has been appended since, by any writer, each event once;
   * `surely` as for a result.
   */
  readonly follow: (surely?: boolean) => Effect.Effect<
    History & { readonly next: Effect.Effect<ReadonlyArray<Event>, DiskFailed> },
    DiskFailed
  >
  /**
   * The last result of a key that any writer has recorded by now; `surely` where what a file server may hold back for a while must
   * be seen.
   */
  readonly result: (key: string, surely?: boolean) => Effect.Effect<Success | undefined, DiskFailed>
  /** What any writer has last saved of a key by now. */
  readonly saved: (key: string) => Effect.Effect<Saved | undefined, DiskFailed>
}>()("pipeline/Journal") {
  /** `after`: a number that all it appends is to be above, whatever it has read. */
  static readonly layer = (root: string, after = 0) =>
    Layer.effect(
      Journal,
      Effect.gen(function*() {
        const disk = yield* Disk
        const folder = nodePath.join(root, "journal")
        const readings = new Map<string, Reading>()
        const results = new Map<string, Success>()
        const saved = new Map<string, Saved>()
        /** What stands for the covered part of the files; undefined where they are read whole. */
        let snapshot: Snapshot.Snapshot | undefined
        /** How many of the present's events the snapshot on disk spares reading. */
        let condensed = 0
        let begun = false
        let clock = after
        const followers = new Set<(event: Event) => void>()
        let open: { readonly descriptor: number; readonly path: string; readonly writer: string } | undefined

        const take = (reading: Reading, file: string, line: string) => {
          reading.lines += 1
          if (line === "") return
          const event = Line.decode(line)
          if (event === undefined) {
            reading.notes.push(`${file}:${reading.lines}: the line does not match its checksum; ignored`)
            return
          }
          reading.events.push(event)
          note(event)
          for (const follower of followers) follower(event)
        }

        const note = (event: Event) => {
          clock = Math.max(clock, event.seq)
          if (event.type === "StageSucceeded" && counts(event, results.get(event.key))) results.set(event.key, event)
          if (event.type === "StageSaved" && counts(event, saved.get(event.key))) saved.set(event.key, event)
        }

        /** Begins behind what the snapshot covers. */
        const begin = Effect.gen(function*() {
          begun = true
          snapshot = yield* Effect.orElseSucceed(Snapshot.read(root, folder), () => undefined)
          if (snapshot === undefined) return
          condensed = snapshot.events.length
          for (const { bytes, file, lines, notes } of snapshot.files) {
            readings.set(file, { bytes, lines, events: [], notes: [...notes], torn: false })
          }
          for (const event of snapshot.events) note(event)
          clock = Math.max(clock, snapshot.last.seq)
        })

        /**
         * Reads what has been appended to the files since they were last read. A client of NFS may go by names and sizes of a while
         * ago; what it opens is as it was last closed or synced by its writer: `surely` opens every file.
         */
        const readOn = (surely = false): Effect.Effect<void, DiskFailed> =>
          Effect.gen(function*() {
            if (!begun) yield* begin
            if (surely) yield* disk.refresh(folder)
            for (const file of yield* disk.list(folder)) {
              if (!file.endsWith(".ndjson")) continue
              const path = nodePath.join(folder, file)
              const reading = readings.get(file) ?? { bytes: 0, lines: 0, events: [], notes: [], torn: false }
              readings.set(file, reading)
              const size = surely ? Infinity : (yield* disk.size(path)) ?? 0
              for (let most = chunk; reading.bytes < size;) {
                const added = (yield* disk.readFrom(path, reading.bytes, most)) ?? Buffer.alloc(0)
                const end = added.lastIndexOf(0x0a) + 1
                if (end > 0) {
                  for (const line of added.toString("utf8", 0, end - 1).split("\n")) take(reading, file, line)
                }
                reading.bytes += end
                reading.torn = end < added.length
                if (added.length < most) break
                if (end === 0) most *= 2
              }
            }
          }).pipe(Effect.withSpan("Journal.readOn"), Effect.provideService(Disk, disk))

        /** What was read, behind the snapshot if there is one. */
        const read = (): History => {
          const events = [...readings.values()].flatMap((reading) => reading.events).sort(causally)
          const notes = [...readings].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([file, reading]) => [
            ...reading.notes,
            ...(reading.torn ? [`${file}: the last line is torn (its writer was stopped); ignored`] : [])
          ])
          return { events, notes }
        }

        const history = Effect.gen(function*() {
          begun = true
          if (snapshot !== undefined) {
            snapshot = undefined
            condensed = 0
            readings.clear()
          }
          yield* readOn()
          return read()
        })

        const present = Effect.gen(function*() {
          yield* readOn()
          const { events, notes } = read()
          if (snapshot === undefined) return { events, notes }
          // What a slow writer appended belongs before what was left out: then all must be read.
          if (events.length > 0 && causally(events[0]!, snapshot.last) < 0) return yield* history
          return { events: [...snapshot.events, ...events], notes }
        })

        const follow = (surely = false) =>
          Effect.gen(function*() {
            const seen = new Set<string>()
            const fresh: Array<Event> = []
            followers.add((event) => {
              const id = `${event.writer} ${event.seq}`
              if (seen.has(id)) return
              seen.add(id)
              fresh.push(event)
            })
            const { events, notes } = yield* present
            for (const { seq, writer } of events) seen.add(`${writer} ${seq}`)
            const known = new Set(events)
            const next = Effect.map(
              readOn(surely),
              () => fresh.splice(0).filter((event) => !known.has(event)).sort(causally)
            )
            return { events, notes, next }
          })

        const condense = Effect.gen(function*() {
          const { events } = yield* present
          // Writing costs as much as it spares: it is worth while now and then.
          if (events.length - condensed < Math.max(100, condensed / 8)) return
          yield* Snapshot.write(root, folder, events, readings, snapshot)
          condensed = events.length
        }).pipe(Effect.provideService(Disk, disk))

        const openOwn = Effect.gen(function*() {
          yield* disk.makeLastingFolder(root, folder)
          // Its clock must be later than all it could have read.
          yield* readOn()
          const now = yield* Clock.currentTimeMillis
          const writer = `${new Date(now).toISOString().replace(/[-:]|\.\d+/g, "")}-${process.pid}-${
            randomUUID().slice(0, 8)
          }`
          const path = nodePath.join(folder, `${writer}.ndjson`)
          open = { descriptor: yield* disk.openAppend(path), path, writer }
          yield* disk.syncFolder(folder)
          return open
        })

        /**
         * Leaves the file: what a failed write left of its line, or whether what a failed sync was about will ever be on the
         * disk, nobody can tell. The next event goes to a new file.
         */
        const abandon = Effect.suspend(() => {
          const left = open
          open = undefined
          return left === undefined ? Effect.void : Effect.ignore(disk.close(left.descriptor))
        })

        const append = Effect.fn("Journal.append")(function*(payload: Payload) {
          const own = open ?? (yield* openOwn)
          const at = new Date(yield* Clock.currentTimeMillis).toISOString()
          const event = { seq: clock + 1, at, writer: own.writer, ...payload } as Event
          clock = event.seq
          yield* disk.append(own.descriptor, own.path, Line.encode(event))
          if (isDurable(payload)) yield* disk.sync(own.descriptor, own.path)
          return event
        }, Effect.onError(() => abandon))

        yield* Effect.addFinalizer(() => open === undefined ? Effect.void : Effect.ignore(disk.close(open.descriptor)))
        return Journal.of({
          append,
          history,
          present,
          condense,
          follow,
          result: (key, surely) => Effect.map(readOn(surely), () => results.get(key)),
          saved: (key) => Effect.map(readOn(), () => saved.get(key))
        })
      })
    )
}
