/**
 * What becomes of key records of an earlier form. Each upgrade leads from one form to the next, as a pure function of the record: so
 * that a new version of the engine neither disowns results in silence nor takes one for what it is not. A stage says itself what
 * becomes of its own leaves (`stage.ts`, upgrades).
 *
 * Nothing on disk is rewritten. Events are read as if they had been recorded in the present form; a result that no upgrade leads on
 * keeps its old record, so that `why` names the form as what changed.
 */
import type { Event } from "../schemas/event.ts"
import type { KeyRecord } from "../schemas/key.ts"
import * as Key from "./key.ts"
import type { AnyStage } from "./stage.ts"

interface Upgrade {
  readonly from: number
  /** What is new, for `why`. */
  readonly about: string
  /** The record in the next form, or undefined where results of the stage cannot be carried over. */
  readonly carry: (record: KeyRecord, stage: AnyStage) => KeyRecord | undefined
}

const upgrades: ReadonlyArray<Upgrade> = [
  {
    from: 1,
    about: "the code of the tensor engine in use has a leaf of its own, and that of others none",
    // Which part of such a digest was the engine's cannot be told.
    carry: (record, stage) => stage.usesEngine ? undefined : record
  }
]

/** What is new in the forms after one, for a reader. */
export const newSince = (format: number): string =>
  upgrades.filter(({ from }) => from >= format).map(({ about }) => about).join("; ")

/** A record in the present form, or undefined where it cannot be carried over. */
export const carried = (record: KeyRecord, stage: AnyStage | undefined): KeyRecord | undefined => {
  let present: KeyRecord | undefined = record
  while (present !== undefined && present.format !== Key.format) {
    const { format } = present as { readonly format?: unknown }
    const upgrade = upgrades.find(({ from }) => from === format)
    if (upgrade === undefined || stage === undefined) return undefined
    const own: KeyRecord | undefined = upgrade.carry(present, stage)
    const next: KeyRecord | undefined = own && (stage.upgrades[upgrade.from]?.(own) ?? own)
    present = next && { ...next, format: upgrade.from + 1 }
  }
  return present
}

/** Events as if they had been recorded in the present form. */
export const events = (all: ReadonlyArray<Event>, stages: ReadonlyArray<AnyStage>): ReadonlyArray<Event> => {
  if (all.every((event) => event.type !== "StageSucceeded" || event.record.format === Key.format)) return all
  const byName = new Map(stages.map((stage) => [stage.name, stage]))
  const keys = new Map<string, string>()
  const rekeyed = <E extends Event>(event: E): E => {
    const key = "key" in event ? keys.get(event.key) : undefined
    return key === undefined ? event : { ...event, key }
  }
  // What began and what it gave carry one key: the result tells what it is now, though it comes later.
  const results = new Map<Event, KeyRecord>()
  for (const event of all) {
    if (event.type !== "StageSucceeded" || event.record.format === Key.format) continue
    const record = carried(event.record, byName.get(event.stage))
    if (record === undefined) continue
    results.set(event, record)
    keys.set(event.key, Key.of(record))
  }
  return all.map((event) => {
    const record = results.get(event)
    return record === undefined ? rekeyed(event) : { ...rekeyed(event), record } as Event
  })
}
