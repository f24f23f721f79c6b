/** Curves of the figures that stages tell: points from progress as it comes, and all steps of what is done from its table. */
import { Effect } from "effect"
import type { Curves } from "../app.ts"
import type { Verdict } from "../decide.ts"
import type { Graph, Instance } from "../graph.ts"
import type { Curve } from "../page/feed.ts"
import { Store } from "../store/store.ts"
import * as TableFile from "../table-file.ts"

/** Points that an instance gives to a curve at most: what lies between them a drawing would not show. */
const most = 60
/** Tables read at once. */
const atOnce = 20

/** What becomes of figures where the application does not say. */
const apart: Pick<Curves, "of"> = { of: ({ id }) => ({ series: id, from: 0 }) }

/** Every so-manieth of some positions, and the last. */
const some = (length: number): ReadonlyArray<number> => {
  const stride = Math.ceil(length / most)
  return Array.from({ length }, (_, index) => index).filter((index) => index % stride === 0 || index === length - 1)
}

export const curvesOf = Effect.fn("curvesOf")(function*(curves: Curves | undefined) {
  const store = yield* Store
  const { of } = curves ?? apart
  /** Points by figure, series and x. */
  const points = new Map<string, Map<string, Map<number, number>>>()
  /** Keys of which the table has been read. */
  const read = new Set<string>()
  /** The first figure of each instance, as it was told. */
  const told = new Map<string, Array<number>>()

  const add = ({ figure, points: added, series }: Curve) => {
    const all = points.get(figure) ?? new Map<string, Map<number, number>>()
    points.set(figure, all)
    const own = all.get(series) ?? new Map<number, number>()
    all.set(series, own)
    for (let index = 0; index < added.length; index += 2) own.set(added[index]!, added[index + 1]!)
  }

  /** What one telling of progress adds. */
  const progressed = (
    instance: Instance,
    { done, figures }: { readonly done: number; readonly figures: Readonly<Record<string, number>> }
  ): ReadonlyArray<Curve> => {
    const [first] = Object.values(figures)
    if (first !== undefined) told.set(instance.id, [...(told.get(instance.id) ?? []).slice(1 - most), first])
    const place = of(instance)
    if (place === undefined) return []
    const added = Object.entries(figures).map(([figure, value]) => ({
      figure,
      series: place.series,
      points: [place.from + done, value]
    }))
    for (const curve of added) add(curve)
    return added
  }

  const tableOf = Effect.fn("curves.table")(function*(instance: Instance, bytes: string) {
    const place = of(instance)
    const table = instance.stage.outputs[curves!.output]
    if (place === undefined || table === undefined) return []
    const columns = yield* Effect.tryPromise(() => TableFile.read(store.path(bytes), table))
    const values = columns as unknown as Readonly<Record<string, ArrayLike<number>>>
    const steps = values[curves!.steps]!
    const chosen = some(steps.length)
    const added = Object.entries(curves!.figures).map(([figure, column]) => ({
      figure,
      series: place.series,
      points: chosen.flatMap((index) => [steps[index]!, values[column]![index]!])
    }))
    for (const curve of added) add(curve)
    return added
  })

  /** What the tables of finished instances add that have not been read: some of them at a time, nothing once all are. */
  const finished = Effect.fn("curves.finished")(function*(graph: Graph, verdicts: ReadonlyMap<string, Verdict>) {
    const added: Array<Curve> = []
    if (curves === undefined) return added
    let left = atOnce
    for (const instance of graph.instances) {
      const verdict = verdicts.get(instance.id)
      if (verdict?.status !== "fresh" || read.has(verdict.key) || left === 0) continue
      const output = verdict.result.outputs[curves.output]
      if (output === undefined || of(instance) === undefined) continue
      left -= 1
      read.add(verdict.key)
      // What is gone from the store is not drawn.
      added.push(...yield* Effect.orElseSucceed(tableOf(instance, output.bytes), () => []))
    }
    return added
  })

  const all = (): ReadonlyArray<Curve> =>
    [...points].flatMap(([figure, series]) =>
      [...series].map(([name, own]) => ({ figure, series: name, points: [...own].flat() }))
    )

  return { progressed, finished, all, recent: (id: string): ReadonlyArray<number> => told.get(id) ?? [] }
})
