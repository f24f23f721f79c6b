/** Which runs go on in a store. */
import { Clock, Effect } from "effect"
import * as os from "node:os"
import * as nodePath from "node:path"
import { type Event, runOf } from "../../schemas/event.ts"
import { Disk } from "../disk.ts"
import type { RunStarted } from "../journal/fold.ts"
import * as Lease from "./lease.ts"
import { isAlive } from "./place.ts"

/** Milliseconds of silence after which a run of another host, whose process cannot be asked, counts as ended. */
const silence = 86_400_000

/**
 * Runs that have not ended: without a last event, and alive by their process on this host, or on another by what they have
 * written in the last day.
 */
export const goingOn = Effect.fn("Activity.goingOn")(function*(events: ReadonlyArray<Event>) {
  const now = yield* Clock.currentTimeMillis
  const open = new Map<string, { readonly started: RunStarted; last: string }>()
  for (const event of events) {
    if (event.type === "RunStarted") open.set(event.run, { started: event, last: event.at })
    else if (event.type === "RunFinished") open.delete(event.run)
    else {
      const run = open.get(runOf(event) ?? "")
      if (run !== undefined) run.last = event.at
    }
  }
  return [...open.values()].filter(({ last, started }) =>
    started.host === os.hostname()
      ? started.pid !== process.pid && isAlive(started.pid)
      : now - Date.parse(last) < silence
  ).map(({ started }) => started)
})

/** Living holders of leases. */
export const holders = Effect.fn("Activity.holders")(function*(root: string) {
  const disk = yield* Disk
  const found: Array<Lease.Holder> = []
  const names = (yield* disk.list(nodePath.join(root, "leases"))).map(Lease.parseName)
  for (const key of new Set(names.flatMap((name) => name === undefined ? [] : [name.key]))) {
    const holder = yield* Lease.holder(root, key, silence)
    if (holder !== undefined) found.push(holder)
  }
  return found
})
