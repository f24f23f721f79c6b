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
  const ended = new Map(of("fresh").map(({ id }) => [id, 0]))
  const shared = instances.filter((instance) => sharesWith(verdictOf(instance)) !== undefined)
  let waiting = instances.filter((instance) =>
    !["fresh", "blocked"].includes(verdictOf(instance).status) &&
    sharesWith(verdictOf(instance)) === undefined
  )
  const urgentFirst = byUrgency(instances)
  const steps: Array<Step> = []
  let running: Array<{ readonly id: string; readonly end: number }> = []
  let now = 0
  while (true) {
    for (const { id } of shared) {
      const end = ended.get(sharesWith(verdicts.get(id)!)!)
      if (end !== undefined) ended.set(id, end)
    }
    const ready = waiting.filter((instance) => references(instance).every((ref) => ended.has(ref.instance)))
    for (const instance of ready.sort(urgentFirst).slice(0, jobs - running.length)) {
      const prediction = predict(instance)
      const verdict = verdictOf(instance)
      steps.push({ instance, verdict, prediction, begins: now, perhaps: isOpen(verdict) })
      running.push({ id: instance.id, end: now + (prediction.seconds ?? 0) })
      waiting = waiting.filter((other) => other !== instance)
    }
    if (running.length === 0) break
    now = Math.min(...running.map(({ end }) => end))
    for (const { end, id } of running) if (end === now) ended.set(id, end)
    running = running.filter(({ end }) => end > now)
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
