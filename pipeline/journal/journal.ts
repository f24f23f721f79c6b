/**
 * The append-only log of a store: one file a writer, so that processes and hosts append without sharing a file.
 * Readers take no lock and see every whole line.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { randomUUID } from "node:crypto"
import * as nodePath from "node:path"
import type { Event, Payload } from "../../schemas/event.ts"
import { Disk, type DiskFailed } from "../disk.ts"
import * as Line from "./line.ts"

/** Everything read from a journal folder. */
export interface History {
  /** In causal order: by `seq`, then by writer. */
  readonly events: ReadonlyArray<Event>
  /** What was passed over: torn or damaged lines, by file and line. */
  readonly notes: ReadonlyArray<string>
}

const isDurable = (payload: Payload) => payload.type !== "StageProgressed"

export class Journal extends Context.Service<Journal, {
  /** Appends one event. It has happened once this returns: synced to disk, except progress. */
  readonly append: (payload: Payload) => Effect.Effect<Event, DiskFailed>
  readonly history: Effect.Effect<History, DiskFailed>
}>()("pipeline/Journal") {
  static readonly layer = (root: string) =>
    Layer.effect(
      Journal,
      Effect.gen(function*() {
        const disk = yield* Disk
        const folder = nodePath.join(root, "journal")
        let clock = 0
        let open: { readonly descriptor: number; readonly path: string; readonly writer: string } | undefined

        const history = Effect.gen(function*() {
          const events: Array<Event> = []
          const notes: Array<string> = []
          for (const file of yield* disk.list(folder)) {
            if (!file.endsWith(".ndjson")) continue
            const content = yield* disk.read(nodePath.join(folder, file))
            const lines = (content ?? "").toString().split("\n")
            lines.forEach((line, index) => {
              if (line === "") return
              const event = Line.decode(line)
              if (event !== undefined) events.push(event)
              else if (index === lines.length - 1) {
                notes.push(`${file}: the last line is torn (its writer was stopped); ignored`)
              } else notes.push(`${file}:${index + 1}: the line does not match its checksum; ignored`)
            })
          }
          events.sort((a, b) => a.seq - b.seq || (a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : 0))
          clock = Math.max(clock, events.at(-1)?.seq ?? 0)
          return { events, notes }
        }).pipe(Effect.withSpan("Journal.history"))

        const append = Effect.fn("Journal.append")(function*(payload: Payload) {
          const now = yield* Clock.currentTimeMillis
          if (open === undefined) {
            yield* disk.makeFolder(folder)
            // Its clock must be later than all it could have read.
            if (clock === 0) yield* history
            const writer = `${new Date(now).toISOString().replace(/[-:]|\.\d+/g, "")}-${process.pid}-${
              randomUUID().slice(0, 8)
            }`
            const path = nodePath.join(folder, `${writer}.ndjson`)
            open = { descriptor: yield* disk.openAppend(path), path, writer }
            yield* disk.syncFolder(folder)
          }
          const event = { seq: ++clock, at: new Date(now).toISOString(), writer: open.writer, ...payload } as Event
          yield* disk.append(open.descriptor, open.path, Line.encode(event))
          if (isDurable(payload)) yield* disk.sync(open.descriptor, open.path)
          return event
        })

        yield* Effect.addFinalizer(() => open === undefined ? Effect.void : Effect.ignore(disk.close(open.descriptor)))
        return Journal.of({ append, history })
      })
    )
}
