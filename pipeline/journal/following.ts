/** Reads a journal again and again, each event once. */
import { Effect } from "effect"
import type { DiskFailed } from "../disk.ts"
import type { History, Journal } from "./journal.ts"

/**
 * An effect that gives what has been appended since it last ran: everything, the first time. Events of one reading are in causal
 * order; a later reading may hold an event that comes before one of an earlier reading, where another writer was slow.
 */
export const start = (journal: Journal["Service"]): Effect.Effect<History, DiskFailed> => {
  const seen = new Set<string>()
  const told = new Set<string>()
  return Effect.map(journal.history, ({ events, notes }) => {
    const fresh = {
      events: events.filter(({ seq, writer }) => !seen.has(`${writer} ${seq}`)),
      notes: notes.filter((note) => !told.has(note))
    }
    for (const { seq, writer } of fresh.events) seen.add(`${writer} ${seq}`)
    for (const note of fresh.notes) told.add(note)
    return fresh
  })
}
