/** Walks from every cell of a study's report to what it was made from, in a store that a run has filled. */
import { Effect } from "effect"
import { type Cell, type CellBook, hasCells, read } from "../pipeline/cells.ts"
import { Disk } from "../pipeline/disk.ts"
import type { Graph, Instance } from "../pipeline/graph.ts"
import { fold, type Success } from "../pipeline/journal/fold.ts"
import { Journal } from "../pipeline/journal/journal.ts"
import { type Makers, makersOf, sourcesOf } from "../pipeline/lineage.ts"
import { Store } from "../pipeline/store/store.ts"
import { type Trace, tracer } from "../pipeline/trace.ts"
import type { Output } from "../schemas/event.ts"

export interface Walk {
  readonly instance: Instance
  readonly result: Success
  readonly book: CellBook
  readonly makers: Makers
  readonly cells: ReadonlyArray<{ readonly cell: Cell; readonly trace: Trace }>
  /** File of an output, where the store has it whole. */
  readonly file: (output: Output) => string | undefined
}

/** Reads the cells of the study's result that stands, and traces each. */
export const walk = (root: string, study: string, graph: Graph): Promise<Walk> =>
  Effect.gen(function*() {
    const journal = yield* Journal
    const store = yield* Store
    const state = fold((yield* journal.history).events, study)
    const instance = graph.instances.find(hasCells)!
    const result = state.results.get(state.standings.get(instance.id)!.at(-1)!.key)!
    const book = yield* Effect.promise(() => read(instance, result, store.path))
    const makers = makersOf(state.results.values())
    const trace = tracer(result, book, makers)
    const cells = [...book.tables.values()].flatMap(({ rows }) => rows.flatMap((row) => [...row.values()]))
    return {
      instance,
      result,
      book,
      makers,
      cells: cells.map((cell) => ({ cell, trace: trace(cell) })),
      file: (output: Output) => store.holds(output) ? store.path(output.bytes) : undefined
    }
  }).pipe(
    Effect.scoped,
    Effect.provide(Journal.layer(root)),
    Effect.provide(Store.layer(root)),
    Effect.provide(Disk.layer),
    Effect.runPromise
  )

/** External files that a result rests on, itself or further up; fails where an input's maker is not known. */
export const filesBehind = ({ makers }: Walk): (result: Success) => ReadonlySet<string> => {
  const known = new Map<string, ReadonlySet<string>>()
  const visit = (result: Success): ReadonlySet<string> => {
    const before = known.get(result.key)
    if (before !== undefined) return before
    if (!/^[0-9a-f]{64}$/.test(String(result.record.code))) throw new Error(`${result.instance} has no code`)
    const files = new Set(Object.keys(result.record).filter((leaf) => leaf.startsWith("file.")))
    for (const { digest, leaf, maker } of sourcesOf(result, makers)) {
      if (maker === undefined) throw new Error(`nobody made ${digest}, which ${result.instance} took as ${leaf}`)
      for (const file of visit(maker)) files.add(file)
    }
    known.set(result.key, files)
    return files
  }
  return visit
}
