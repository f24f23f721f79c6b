/**
 * Garbage: objects that no study's last run stands for, what dead processes left, and old trash.
 *
 * Nothing is removed at once: garbage is moved to trash/<date>/, under the path it had, and trash is emptied when it is older than
 * the grace period.
 */
import { Clock, Effect, Schema } from "effect"
import * as nodePath from "node:path"
import type { Event } from "../schemas/event.ts"
import { Disk } from "./disk.ts"
import type { Success } from "./journal/fold.ts"
import { Journal } from "./journal/journal.ts"
import * as Activity from "./store/activity.ts"
import * as Inventory from "./store/inventory.ts"
import { objectsOf } from "./store/needed.ts"
import { Store } from "./store/store.ts"

/** One object that nothing needs. */
export interface Garbage {
  readonly bytes: string
  readonly path: string
  readonly size: number
  /** The last event that made it; none made an orphan. */
  readonly maker: Success | undefined
  /** Its output of that name. */
  readonly output: string | undefined
}

export interface Collection {
  /** By seconds to make again a byte, cheapest first. */
  readonly garbage: ReadonlyArray<Garbage>
  /** What belongs to nobody: drafts, states saved on the way to a result that is there or that nothing asks for, dead leases. */
  readonly drafts: ReadonlyArray<Inventory.Folder>
  /** Trash older than the grace period. */
  readonly trash: ReadonlyArray<Inventory.Folder>
  readonly totals: {
    /** Bytes of garbage and drafts. */
    readonly size: number
    /** Bytes of trash older than the grace period. */
    readonly trash: number
    /** Seconds to make all of the garbage again: each result counts once, whatever its outputs. */
    readonly seconds: number
    readonly kept: { readonly objects: number; readonly size: number }
    /** Objects that nothing needs and that are younger than the grace period. */
    readonly young: { readonly objects: number; readonly size: number }
  }
}

const sum = <A>(values: Iterable<A>, of: (value: A) => number) => [...values].reduce((all, value) => all + of(value), 0)
const tally = (objects: ReadonlyArray<Inventory.StoredObject>) => ({
  objects: objects.length,
  size: sum(objects, ({ size }) => size)
})

/** Seconds that an object costs to make again, for each of its bytes; an orphan costs nothing, since nothing asks for it. */
const price = ({ maker, size }: Garbage) => maker === undefined ? 0 : maker.seconds / Math.max(1, size)

/** Keys without a result that an instance of a study was last begun for: what was saved of them is gone on from. */
const goingOnFrom = (events: ReadonlyArray<Event>): ReadonlySet<string> => {
  const studies = new Map<string, string>()
  const last = new Map<string, string>()
  const saved = new Set<string>()
  for (const event of events) {
    if (event.type === "RunStarted") studies.set(event.run, event.study)
    else if (event.type === "StageSaved") saved.add(event.key)
    else if (event.type === "StageSucceeded") saved.delete(event.key)
    if (event.type === "StageStarted" || event.type === "StageSucceeded" || event.type === "StageReused") {
      last.set(JSON.stringify([studies.get(event.run), event.instance]), event.key)
    }
  }
  return new Set([...last.values()].filter((key) => saved.has(key)))
}

/** Sorts what lies in a store. `now` and `grace` in milliseconds. */
export const sort = (
  found: {
    readonly events: ReadonlyArray<Event>
    readonly needed: ReadonlySet<Success>
    readonly objects: ReadonlyArray<Inventory.StoredObject>
    readonly drafts: ReadonlyArray<Inventory.Folder>
    readonly trash: ReadonlyArray<Inventory.Folder>
    /** Folders of what running stages saved, named by key. */
    readonly saved: ReadonlyArray<Inventory.Folder>
    /** Files of leases. */
    readonly leases: ReadonlyArray<Inventory.Folder>
    /** Runs whose drafts may be in use. */
    readonly living: ReadonlySet<string>
  },
  now: number,
  grace: number
): Collection => {
  const makers = new Map<string, { readonly maker: Success; readonly output: string }>()
  for (const event of found.events) {
    if (event.type !== "StageSucceeded") continue
    for (const [output, { bytes }] of Object.entries(event.outputs)) makers.set(bytes, { maker: event, output })
  }
  const wanted = objectsOf(found.needed)
  const old = (modified: number) => now - modified >= grace
  const kept = found.objects.filter(({ bytes }) => wanted.has(bytes))
  const unneeded = found.objects.filter(({ bytes }) => !wanted.has(bytes))
  const garbage = unneeded.filter(({ modified }) => old(modified)).map(({ bytes, path, size }): Garbage => ({
    bytes,
    path,
    size,
    maker: makers.get(bytes)?.maker,
    output: makers.get(bytes)?.output
  })).sort((a, b) => price(a) - price(b) || b.size - a.size || (a.bytes < b.bytes ? -1 : 1))
  const runs = new Set(found.events.flatMap((event) => event.type === "RunStarted" ? [event.run] : []))
  // The drafts of a run that has ended are nobody's; what no run of this journal wrote may be younger than its event.
  const drafts = found.drafts.filter(({ modified, name }) =>
    !found.living.has(name) && (runs.has(name) || old(modified))
  )
  const wantedKeys = goingOnFrom(found.events)
  const saved = found.saved.filter(({ modified, name }) => !wantedKeys.has(name) && old(modified))
  const leases = found.leases.filter(({ modified }) => old(modified))
  // A day's trash is as old as its last hour.
  const trash = found.trash.filter(({ name }) => {
    const day = Date.parse(name)
    return !Number.isNaN(day) && old(day + 86_400_000)
  })
  const makersOfGarbage = new Set(garbage.flatMap(({ maker }) => maker === undefined ? [] : [maker]))
  return {
    garbage,
    drafts: [...drafts, ...saved, ...leases],
    trash,
    totals: {
      size: sum([...garbage, ...drafts, ...saved, ...leases], ({ size }) => size),
      trash: sum(trash, ({ size }) => size),
      seconds: sum(makersOfGarbage, ({ seconds }) => seconds),
      kept: tally(kept),
      young: tally(unneeded.filter(({ modified }) => !old(modified)))
    }
  }
}

/** The results to keep, of the events so far. */
export type Needed = (events: ReadonlyArray<Event>) => ReadonlySet<Success>

const survey = Effect.fn("Collect.survey")(function*(needed: Needed, grace: number) {
  const { root } = yield* Store
  const journal = yield* Journal
  // Objects first: one that is committed meanwhile is then not looked at, rather than taken for an orphan.
  const objects = yield* Inventory.objects(root)
  const drafts = yield* Inventory.folders(root, "scratch")
  const trash = yield* Inventory.folders(root, "trash")
  const saved = yield* Inventory.folders(root, "saved")
  const leases = yield* Inventory.folders(root, "leases")
  const { events } = yield* journal.history
  const living = new Set((yield* Activity.goingOn(events)).map(({ run }) => run))
  const now = yield* Clock.currentTimeMillis
  const found = { events, needed: needed(events), objects, drafts, trash, saved, leases, living }
  return { events, collection: sort(found, now, grace) }
})

/** Looks at a store; changes nothing. `grace` in milliseconds. */
export const look = (needed: Needed, grace: number) => Effect.map(survey(needed, grace), ({ collection }) => collection)

export class Busy extends Schema.TaggedError<Busy>()("Busy", { with: Schema.Array(Schema.String) }) {
  override get message() {
    return `nothing was removed, since the store is in use: ${this.with.join("; ")}. Try again when that has ended`
  }
}

/** Fails when anybody makes something in the store. */
const idle = Effect.fn("Collect.idle")(function*() {
  const { root } = yield* Store
  const journal = yield* Journal
  const { events } = yield* journal.history
  const runs = yield* Activity.goingOn(events)
  const holders = yield* Activity.holders(root)
  const told = [
    ...runs.map(({ host, pid, run, study }) => `run ${run} of study ${study}, process ${pid} on ${host}`),
    ...holders.filter(({ host, pid }) => !runs.some((run) => run.host === host && run.pid === pid))
      .map(({ host, instance, pid }) => `process ${pid} on ${host} makes ${instance}`)
  ]
  if (told.length > 0) return yield* new Busy({ with: told })
  return events.findLast((event) => event.type === "RunStarted")
})

/**
 * Moves garbage to the trash, removes drafts, empties old trash; fails, and leaves all as it was, when a run goes on. A run says so
 * in the journal before it looks at objects: one that begins meanwhile is seen at the end, and what was moved is put back.
 */
export const clear = Effect.fn("Collect.clear")(function*(needed: Needed, grace: number) {
  const disk = yield* Disk
  const { root } = yield* Store
  yield* idle()
  const { collection, events } = yield* survey(needed, grace)
  const before = events.findLast((event) => event.type === "RunStarted")
  const date = new Date(yield* Clock.currentTimeMillis).toISOString().slice(0, 10)
  const moved: Array<{ readonly from: string; readonly to: string }> = []
  const putBack = Effect.forEach(
    moved,
    ({ from, to }) =>
      Effect.flatMap(disk.size(from), (there) => there === undefined ? disk.rename(to, from) : Effect.void)
  )
  const work = Effect.gen(function*() {
    for (const { path } of collection.garbage) {
      const to = nodePath.join(root, "trash", date, nodePath.relative(root, path))
      yield* disk.rename(path, to)
      moved.push({ from: path, to })
    }
    const after = yield* idle()
    if (after?.run !== before?.run) return yield* new Busy({ with: [`run ${after?.run} began meanwhile`] })
  })
  yield* Effect.onError(work, () => Effect.ignore(Effect.suspend(() => putBack)))
  for (const { path } of [...collection.drafts, ...collection.trash]) yield* disk.remove(path)
  return collection
})
