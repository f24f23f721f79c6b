/** Accepted changes that the results rest on, in sentences. */
import type { Acceptance } from "../../pipeline/stage.ts"

type Value = Acceptance["before"]

const short = (value: Value): string =>
  value === undefined
    ? "absent"
    : typeof value === "string"
    ? /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value
    : JSON.stringify(value)

/** One sentence for all instances of which somebody accepted one change at a time for one reason. */
export const acceptedChanges = (acceptances: ReadonlyArray<Acceptance>): ReadonlyArray<string> => {
  const instances = new Map<string, Array<string>>()
  for (const { after, at, author, before, instance, leaf, reason } of acceptances) {
    const words = `was accepted, ${leaf} ${short(before)} → ${short(after)}, by ${author} on ${
      at.slice(0, 10)
    }: ${reason}`
    instances.set(words, [...(instances.get(words) ?? []), instance])
  }
  return [...instances].map(([words, [first, ...others]]) =>
    `Of ${first}${others.length > 0 ? ` and ${others.length} more` : ""} an older result counts: a change ${words}.`
  )
}
