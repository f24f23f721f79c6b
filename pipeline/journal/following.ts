/** Reads a journal again and again, each event once. */
import { Effect } from "effect"
import type { DiskFailed } from "../disk.ts"
import type { History, Journal } from "./journal.ts"

/**
 * An effect that gives what has been appended since it last ran; the first time everything, and what was passed over. Events of one
 * reading are in causal order; a later reading may hold an event that comes before one of an earlier reading, where another writer
 * was slow. What was read once is not read again.
 */
export const start = (journal: Journal["Service"]): Effect.Effect<History, DiskFailed> => {
  let begun = false
  return Effect.suspend((): Effect.Effect<History, DiskFailed> => {
    if (begun) return Effect.map(journal.news, (events) => ({ events, notes: [] }))
    begun = true
    return journal.history
  })
}
