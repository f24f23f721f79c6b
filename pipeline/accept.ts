/**
 * Accepted changes: somebody said of one leaf of one instance that the change from this value to that does not matter. As long as
 * accepted changes are all that sets an instance apart from what it last stood for, it counts as fresh with that result.
 *
 * An acceptance is an event with an author, a date and a reason, and can be revoked. It is not forgotten downstream: a stage that
 * asks for them (`stage.ts`, tellsAcceptances) is told which ones its inputs rest on, and that is in its key.
 */
import type { Event } from "../schemas/event.ts"
import * as Key from "./key.ts"
import type { Acceptance } from "./stage.ts"

type Accepted = Extract<Event, { type: "ChangeAccepted" }>

/** A change as records of JSON hold it: without a value where the leaf is absent. */
type Change = Pick<Acceptance, "leaf" | "before" | "after">

/** Acceptances of one study in force, by instance. */
export type Acceptances = ReadonlyMap<string, ReadonlyArray<Acceptance>>

const isOf = (acceptance: Acceptance, change: Change): boolean =>
  acceptance.leaf === change.leaf && Key.equal(acceptance.before, change.before) &&
  Key.equal(acceptance.after, change.after)

/** The acceptance that an event records. */
export const of = ({ after, at, author, before, instance, leaf, reason }: Accepted): Acceptance => ({
  instance,
  leaf,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  reason,
  author,
  at
})

/** Those of an instance after one more event: the last word on a change counts. */
export const after = (
  before: ReadonlyArray<Acceptance>,
  event: Extract<Event, { type: "ChangeAccepted" | "AcceptanceRevoked" }>
): ReadonlyArray<Acceptance> => [
  ...before.filter((acceptance) => !isOf(acceptance, event)),
  ...(event.type === "ChangeAccepted" ? [of(event)] : [])
]

/** Splits changes of an instance into accepted ones, as their acceptances, and those that still count. */
export const split = (
  acceptances: ReadonlyArray<Acceptance>,
  changes: ReadonlyArray<Key.Change>
): { readonly accepted: ReadonlyArray<Acceptance>; readonly open: ReadonlyArray<Key.Change> } => {
  const found = changes.map((change) => ({ change, by: acceptances.find((acceptance) => isOf(acceptance, change)) }))
  return {
    accepted: found.flatMap(({ by }) => by === undefined ? [] : [by]),
    open: found.flatMap(({ by, change }) => by === undefined ? [change] : [])
  }
}

/** Several lists as one, each acceptance once, by instance and leaf. */
export const union = (lists: ReadonlyArray<ReadonlyArray<Acceptance>>): ReadonlyArray<Acceptance> => {
  const name = ({ at, instance, leaf }: Acceptance) => `${instance} ${leaf} ${at}`
  const all = new Map(lists.flat().map((acceptance) => [name(acceptance), acceptance]))
  return [...all].sort(([a], [b]) => a < b ? -1 : 1).map(([, acceptance]) => acceptance)
}
