/** How the key records of one study differ from those of another. */
import * as Key from "../../pipeline/key.ts"
import type { KeyRecord } from "../../schemas/key.ts"

export type Records = Readonly<Record<string, KeyRecord>>

export interface Difference {
  /** Instances that only one of the two has. */
  readonly added: ReadonlyArray<string>
  readonly removed: ReadonlyArray<string>
  /** Instances of another key. */
  readonly changed: ReadonlyArray<string>
  /** Those of them in whose record something else than a digest of an input changed. */
  readonly own: ReadonlyArray<string>
  /** The leaves that changed, with their instance. */
  readonly leaves: ReadonlyArray<string>
}

export const difference = (before: Records, after: Records): Difference => {
  const common = Object.keys(after).filter((id) => id in before)
  const changes = common.map((id) => ({ id, changes: Key.changes(before[id]!, after[id]!) }))
    .filter(({ changes }) => changes.length > 0)
  return {
    added: Object.keys(after).filter((id) => !(id in before)),
    removed: Object.keys(before).filter((id) => !(id in after)),
    changed: changes.map(({ id }) => id),
    own: changes.filter(({ changes }) =>
      changes.some(({ leaf, before, after }) =>
        !leaf.startsWith("input.") || before === undefined || after === undefined
      )
    ).map(({ id }) => id),
    leaves: changes.flatMap(({ changes, id }) => changes.map(({ leaf }) => `${id}: ${leaf}`))
  }
}

export const nothing: Difference = { added: [], removed: [], changed: [], own: [], leaves: [] }

/** Prints a table of counts under a title. */
export const table = (title: string, rows: Readonly<Record<string, number>>): void => {
  const width = Math.max(...Object.keys(rows).map(({ length }) => length))
  const lines = Object.entries(rows).map(([name, count]) => `  ${name.padEnd(width)} ${String(count).padStart(6)}`)
  console.log([title, ...lines].join("\n"))
}
