/** What an instance will cost, judged by what the journal says instances cost before. */
import type { Instance } from "./graph.ts"
import type { State, Success } from "./journal/fold.ts"

/**
 * What a prediction rests on: the instance itself, scaled by its work where that has changed; others of its stage; or, since
 * no instance of the stage has ever run in this store, its work and the rate at which this machine computes; or nothing.
 */
export type Basis = "itself" | "its stage" | "the machine" | "nothing"

export interface Prediction {
  /** Undefined where nothing is known. */
  readonly seconds: number | undefined
  /** Bytes of all outputs. */
  readonly bytes: number | undefined
  readonly flops: number
  readonly basis: Basis
}

const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)
const mean = (values: ReadonlyArray<number>) => sum(values) / values.length
const bytesOf = ({ outputs }: Success) => sum(Object.values(outputs).map(({ size }) => size))

/**
 * Seconds for an amount of work, by the least-squares line through what was measured. Neither its start (seconds that any
 * instance takes) nor its slope (seconds a floating-point operation) may be negative.
 */
const line = (points: ReadonlyArray<{ readonly flops: number; readonly seconds: number }>) => {
  const x = mean(points.map(({ flops }) => flops))
  const y = mean(points.map(({ seconds }) => seconds))
  const spread = sum(points.map(({ flops }) => (flops - x) ** 2))
  const slope = spread === 0 ? y / x : sum(points.map(({ flops, seconds }) => (flops - x) * (seconds - y))) / spread
  if (slope < 0) return () => y
  if (y - slope * x >= 0) return (flops: number) => y + slope * (flops - x)
  const through = sum(points.map(({ flops, seconds }) => flops * seconds)) / sum(points.map(({ flops }) => flops ** 2))
  return (flops: number) => through * flops
}

interface Line {
  /** How many results it goes through. */
  readonly points: number
  /** Seconds for an amount of work. */
  readonly at: (flops: number) => number
}

/** Of past results, those whose instance's path agrees longest with an id from its start, then in most places. */
const nearest = (id: string, past: ReadonlyArray<Success>): ReadonlyArray<Success> => {
  const segments = id.split("/")
  const scored = past.map((result) => {
    const other = result.instance.split("/")
    const first = segments.findIndex((segment, index) => other[index] !== segment)
    const equal = segments.filter((segment, index) => other[index] === segment).length
    return { result, score: (first < 0 ? segments.length : first) * 1000 + equal }
  })
  const best = scored.reduce((best, { score }) => Math.max(best, score), 0)
  return scored.filter(({ score }) => score === best).map(({ result }) => result)
}

/**
 * Predicts instances of a study of which `state` is the past. Results of other studies count for their stages. `rate` is
 * floating-point operations a second to be expected of this machine, where that is known.
 */
export const predictor = (study: string, state: State, rate?: number): (instance: Instance) => Prediction => {
  const byStage = new Map<string, Array<Success>>()
  const own = new Map<string, Success>()
  for (const result of [...state.results.values()].sort((a, b) => a.seq - b.seq)) {
    const past = byStage.get(result.stage)
    if (past === undefined) byStage.set(result.stage, [result])
    else past.push(result)
    if (state.runs.get(result.run)?.study === study) own.set(result.instance, result)
  }
  /** The line through each stage's past, worked out once. */
  const lines = new Map<string, Line>()
  const lineOf = (stage: string): Line => {
    const known = lines.get(stage)
    if (known !== undefined) return known
    const worked = (byStage.get(stage) ?? []).filter((result) => (result.flops ?? 0) > 0)
    const points = worked.map(({ flops, seconds }) => ({ flops: flops!, seconds }))
    const made = { points: points.length, at: points.length > 0 ? line(points) : () => NaN }
    lines.set(stage, made)
    return made
  }
  return ({ flops, id, size, stage }) => {
    const before = own.get(id)
    const past = byStage.get(stage.name) ?? []
    const ofStage = () =>
      flops > 0 && lineOf(stage.name).points > 0
        ? lineOf(stage.name).at(flops)
        : mean(nearest(id, past).map(({ seconds }) => seconds))
    if (before !== undefined) {
      const equal = before.flops === undefined || before.flops === flops
      // With an amount of work that changed much, seconds that do not depend on it would be scaled too: the stage knows better.
      const scaled = before.flops! > 0 ? before.seconds * flops / before.flops! : before.seconds
      const seconds = equal ? before.seconds : lineOf(stage.name).points > 1 ? ofStage() : scaled
      return { seconds, bytes: bytesOf(before), flops, basis: "itself" }
    }
    if (past.length === 0) {
      return rate === undefined || flops === 0
        ? { seconds: undefined, bytes: size, flops, basis: "nothing" }
        : { seconds: flops / rate, bytes: size, flops, basis: "the machine" }
    }
    return { seconds: ofStage(), bytes: size ?? mean(nearest(id, past).map(bytesOf)), flops, basis: "its stage" }
  }
}
