/** Reads a journal again and again, each event once. */
import { Effect } from "effect"
import type { Event } from "../../schemas/event.ts"
import type { DiskFailed } from "../disk.ts"
import type { History, Journal } from "./journal.ts"

/**
 * An effect that gives what has been appended since it last ran; the first time everything, and what was passed over. Events of one
 * reading are in causal order; a later reading may hold an event that comes before one of an earlier reading, where another writer
 * was slow. What was read once is not read again.
 */
export const start = (journal: Journal["Service"]): Effect.Effect<History, DiskFailed> => {
  let next: Effect.Effect<ReadonlyArray<Event>, DiskFailed> | undefined
  return Effect.gen(function*() {
    if (next !== undefined) return { events: yield* next, notes: [] }
    // After the whole history, the present is all of it.
    yield* journal.history
    const followed = yield* journal.follow()
    next = followed.next
    return followed
  })
}
