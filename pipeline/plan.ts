/** What `run` would do, in the order in which it would begin, and what that would cost. */
import { sharesWith, type Verdict } from "./decide.ts"
import { type Instance, references } from "./graph.ts"
import type { Prediction } from "./predict.ts"
import { byUrgency } from "./urgency.ts"

export interface Step {
  readonly instance: Instance
  readonly verdict: Verdict
  readonly prediction: Prediction
  /** Seconds after the beginning of the run. */
  readonly begins: number
  /** Whether it is spared when what comes before it gives the same as it did. */
  readonly perhaps: boolean
}

export interface Plan {
  /** By when they begin. */
  readonly steps: ReadonlyArray<Step>
  /** Instances that take the result of another one of the plan. */
  readonly shared: ReadonlyArray<string>
  /** Instances that cannot run: their input files, or those of what they need, are missing. */
  readonly blocked: ReadonlyArray<string>
  /** Instances of which no time is known: they count as nothing in the sums. */
  readonly unknown: ReadonlyArray<string>
  /** Seconds of all steps one after another. */
  readonly work: number
  /** Seconds from beginning to end with so many jobs at a time. */
  readonly wall: number
  readonly flops: number
  readonly bytes: number
}

/** Whether an instance may be spared: of all that would make it run, only inputs may change, and those are not known yet. */
const isOpen = (verdict: Verdict) => verdict.status === "waiting" && verdict.known && verdict.changes.length === 0

/** Plans instances, closed under what they take from, as `run` goes about them: at most `jobs` at a time, long chains first. */
export const plan = (
  instances: ReadonlyArray<Instance>,
  verdicts: ReadonlyMap<string, Verdict>,
  predict: (instance: Instance) => Prediction,
  jobs: number
): Plan => {
  const verdictOf = (instance: Instance) => verdicts.get(instance.id)!
  const of = (status: Verdict["status"]) => instances.filter((instance) => verdictOf(instance).status === status)
  const shared = instances.filter((instance) => sharesWith(verdictOf(instance)) !== undefined)
  const before = byUrgency(instances)
  /** Instances of which everything they take is there, the most urgent last. */
  const ready: Array<Instance> = []
  const becomeReady = (instance: Instance) => {
    let [low, high] = [0, ready.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (before(ready[middle]!, instance) > 0) low = middle + 1
      else high = middle
    }
    ready.splice(low, 0, instance)
  }
  const planned = instances.filter((instance) =>
    !["fresh", "blocked"].includes(verdictOf(instance).status) && sharesWith(verdictOf(instance)) === undefined
  )
  const ended = new Set(of("fresh").map(({ id }) => id))
  const unmet = new Map<string, number>()
  const takers = new Map<string, Array<Instance>>()
  const waitFor = (instance: Instance, id: string) => {
    const all = takers.get(id) ?? []
    all.push(instance)
    takers.set(id, all)
  }
  for (const instance of planned) {
    const needed = new Set(references(instance).map((ref) => ref.instance).filter((id) => !ended.has(id)))
    unmet.set(instance.id, needed.size)
    for (const id of needed) waitFor(instance, id)
    if (needed.size === 0) becomeReady(instance)
  }
  for (const instance of shared) waitFor(instance, sharesWith(verdictOf(instance))!)
  /** What takes from an instance that has ended is one step nearer; what shares its result has ended with it. */
  const end = (id: string): void => {
    ended.add(id)
    for (const taker of takers.get(id) ?? []) {
      if (sharesWith(verdictOf(taker)) !== undefined) {
        end(taker.id)
        continue
      }
      const left = unmet.get(taker.id)! - 1
      unmet.set(taker.id, left)
      if (left === 0) becomeReady(taker)
    }
  }
  const steps: Array<Step> = []
  let running: Array<{ readonly id: string; readonly end: number }> = []
  let now = 0
  while (true) {
    while (ready.length > 0 && running.length < jobs) {
      const instance = ready.pop()!
      const prediction = predict(instance)
      const verdict = verdictOf(instance)
      steps.push({ instance, verdict, prediction, begins: now, perhaps: isOpen(verdict) })
      running.push({ id: instance.id, end: now + (prediction.seconds ?? 0) })
    }
    if (running.length === 0) break
    now = Math.min(...running.map(({ end }) => end))
    const over = running.filter((one) => one.end === now)
    running = running.filter((one) => one.end > now)
    for (const { id } of over) end(id)
  }
  const total = (of: (prediction: Prediction) => number | undefined) =>
    steps.reduce((sum, { prediction }) => sum + (of(prediction) ?? 0), 0)
  return {
    steps,
    shared: shared.map(({ id }) => id),
    blocked: of("blocked").map(({ id }) => id),
    unknown: steps.filter(({ prediction }) => prediction.seconds === undefined).map(({ instance }) => instance.id),
    work: total(({ seconds }) => seconds),
    wall: now,
    flops: total(({ flops }) => flops),
    bytes: total(({ bytes }) => bytes)
  }
}
