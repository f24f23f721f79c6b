/** Checks that objects hold the bytes that events say, and puts aside those that do not, so that they are made anew. */
import { Effect } from "effect"
import * as nodePath from "node:path"
import type { Event } from "../schemas/event.ts"
import * as Digest from "./digest.ts"
import { Disk, DiskFailed } from "./disk.ts"
import { fold, type Success } from "./journal/fold.ts"
import { objectsOf } from "./store/needed.ts"
import * as Saved from "./store/saved.ts"
import { Store } from "./store/store.ts"

/** One object, and the output that an event names it as. */
export interface Named {
  readonly bytes: string
  readonly size: number
  readonly output: string
  readonly maker: Success
}

export interface Report {
  /** Objects that hold what they should, and their bytes. */
  readonly whole: number
  readonly size: number
  /** Objects that differ, and where they were moved. */
  readonly damaged: ReadonlyArray<Named & { readonly movedTo: string }>
  /** Objects that are gone though somebody stands for them. */
  readonly missing: ReadonlyArray<Named>
  /** States saved on the way that differ, and where they were moved: they cost the work that they stood for. */
  readonly damagedSaved: ReadonlyArray<{ readonly instance: string; readonly path: string; readonly movedTo: string }>
  /** Objects that are gone and that nobody stands for: collected, most likely. */
  readonly collected: number
}

/** Every object that events name, once. */
export const namedBy = (events: ReadonlyArray<Event>): ReadonlyArray<Named> => {
  const found = new Map<string, Named>()
  for (const event of events) {
    if (event.type !== "StageSucceeded") continue
    for (const [output, { bytes, size }] of Object.entries(event.outputs)) {
      found.set(bytes, { bytes, size, output, maker: event })
    }
  }
  return [...found.values()]
}

const hash = (path: string) =>
  Effect.try({
    try: () => Digest.ofFile(path),
    catch: (error) =>
      new DiskFailed({ operation: "read", path, code: (error as NodeJS.ErrnoException).code ?? String(error) })
  })

/** Reads and hashes every object. `told` hears of each, with bytes read so far and in all. */
export const verifyStore = Effect.fn("verifyStore")(function*(
  events: ReadonlyArray<Event>,
  needed: ReadonlySet<Success>,
  told: (done: number, total: number) => void = () => {}
) {
  const disk = yield* Disk
  const store = yield* Store
  const named = namedBy(events)
  const wanted = objectsOf(needed)
  const total = named.reduce((sum, { size }) => sum + size, 0)
  const damaged: Array<Report["damaged"][number]> = []
  const missing: Array<Named> = []
  let collected = 0
  let whole = 0
  let size = 0
  let done = 0
  for (const object of named) {
    const path = store.path(object.bytes)
    const there = yield* disk.size(path)
    if (there === undefined) {
      if (wanted.has(object.bytes)) missing.push(object)
      else collected += 1
    } else if ((yield* hash(path)) === object.bytes) {
      whole += 1
      size += there
    } else {
      const movedTo = nodePath.join(store.root, "quarantine", `${object.bytes}.parquet`)
      yield* disk.rename(path, movedTo)
      damaged.push({ ...object, movedTo })
    }
    done += object.size
    told(done, total)
    // Hashing does not wait for anything: this lets an interruption through.
    yield* Effect.sleep(0)
  }
  const damagedSaved: Array<Report["damagedSaved"][number]> = []
  for (const { instance, key, tables } of fold(events, "").saved.values()) {
    for (const { bytes } of Object.values(tables)) {
      const path = Saved.fileOf(store.root, key, bytes)
      if ((yield* disk.size(path)) === undefined || (yield* hash(path)) === bytes) continue
      const movedTo = nodePath.join(store.root, "quarantine", `${bytes}.parquet`)
      yield* disk.rename(path, movedTo)
      damagedSaved.push({ instance, path, movedTo })
    }
  }
  return { whole, size, damaged, missing, damagedSaved, collected } satisfies Report
})
