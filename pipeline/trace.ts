/** From a cell to what it was made from, found again in the store: inputs and their makers, settings, facts. */
import type { LeafValue } from "../schemas/key.ts"
import { isWithin, withoutPosition } from "../schemas/leaf.ts"
import type { Cell, CellBook } from "./cells.ts"
import type { Success } from "./journal/fold.ts"
import { type Makers, type Source, sourcesOf } from "./lineage.ts"

/** An input's rows behind a cell. */
export interface TracedInput extends Source {
  /** Condition in SQL on the rows that count; empty where all do. */
  readonly rows: string
}

export interface Trace {
  readonly inputs: ReadonlyArray<TracedInput>
  /** Leaves of the key record that hold the settings behind a cell. */
  readonly settings: ReadonlyArray<{ readonly leaf: string; readonly value: LeafValue }>
  readonly facts: ReadonlyArray<{ readonly fact: string; readonly rows: string; readonly about: string }>
}

/** Traces cells of one result. What a cell names, the result's key record must have: else the result is damaged. */
export const tracer = (result: Success, book: CellBook, makers: Makers) => {
  const inputs = new Map(sourcesOf(result, makers).map((source) => [withoutPosition(source.leaf), source]))
  return (cell: Cell): Trace => {
    // Where there is nothing to show, it may have come from nothing.
    const all = book.sources.get(cell.source) ?? (cell.value === "" ? [] : undefined)
    if (all === undefined) throw new Error(`${cell.table}, row ${cell.row}, ${cell.column} names no source`)
    const trace = {
      inputs: [] as Array<TracedInput>,
      settings: [] as Array<Trace["settings"][number]>,
      facts: [] as Array<Trace["facts"][number]>
    }
    for (const { about, digest, leaf, rows } of all) {
      if (leaf.startsWith("fact.")) trace.facts.push({ fact: leaf.slice("fact.".length), rows, about })
      else if (leaf.startsWith("config.")) {
        const found = Object.entries(result.record).filter(([name]) => isWithin(name, leaf))
        if (found.length === 0) throw new Error(`the key of ${result.instance} has no setting ${leaf}`)
        for (const [name, value] of found) trace.settings.push({ leaf: name, value })
      } else {
        const source = inputs.get(leaf)
        if (source?.digest !== digest) {
          throw new Error(`the key of ${result.instance} has no ${leaf} of digest ${digest}`)
        }
        trace.inputs.push({ ...source, rows })
      }
    }
    return trace
  }
}
