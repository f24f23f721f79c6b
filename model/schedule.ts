/** The learning rate of each optimizer step, and the steps after which adapters are merged. */
import type { Arm, Schedule, Training } from "../schemas/study.ts"

/** A schedule with nothing left to default. `t` counts from 0: the n-th update uses t = n − 1. */
export type Resolved =
  | { readonly kind: "constant"; readonly warmupSteps: number }
  | { readonly kind: "linear"; readonly warmupSteps: number; readonly horizon: number }
  | {
    readonly kind: "jagged-cosine"
    readonly warmupSteps: number
    readonly restartEvery: number
    readonly restartWarmupSteps: number
    readonly minRatio: number
    readonly horizon: number
  }

const warmup = (t: number, warmupSteps: number): number | undefined => t < warmupSteps ? t / warmupSteps : undefined

/** Factor of the peak learning rate at scheduler step t, by kind. */
const multipliers = {
  constant: (t: number, { warmupSteps }: Extract<Resolved, { kind: "constant" }>) => warmup(t, warmupSteps) ?? 1,

  linear: (t: number, { horizon, warmupSteps }: Extract<Resolved, { kind: "linear" }>) =>
    warmup(t, warmupSteps) ?? Math.max(0, (horizon - t) / Math.max(1, horizon - warmupSteps)),

  /**
   * Cosine decay that drops to 0 every `restartEvery` steps and climbs back to the curve in `restartWarmupSteps`
   * (ReLoRA, arXiv 2307.05695, section 3; its published code, cosine with restarts).
   */
  "jagged-cosine": (t: number, schedule: Extract<Resolved, { kind: "jagged-cosine" }>) => {
    const { horizon, minRatio, restartEvery, restartWarmupSteps, warmupSteps } = schedule
    const cosine = (step: number) => {
      const share = Math.min(1, Math.max(0, (step - warmupSteps) / Math.max(1, horizon - warmupSteps)))
      return minRatio + (1 - minRatio) * 0.5 * (1 + Math.cos(Math.PI * share))
    }
    const first = warmup(t, warmupSteps)
    if (first !== undefined) return first
    const since = t % restartEvery
    if (t >= restartEvery && since < restartWarmupSteps) {
      return since / restartWarmupSteps * cosine(t - since + restartWarmupSteps)
    }
    return cosine(t)
  }
}

/** Factor of the peak learning rate at scheduler step t = 0, 1, … */
export const multiplier = (schedule: Resolved, t: number): number => multipliers[schedule.kind](t, schedule as never)

/** Fills in what a schedule leaves to the arm and to the training. */
export const resolve = (schedule: Schedule, arm: Arm, training: Pick<Training, "steps">): Resolved => {
  switch (schedule.kind) {
    case "constant":
      return schedule
    case "linear":
      return { ...schedule, horizon: schedule.horizon ?? training.steps }
    case "jagged-cosine": {
      const restartEvery = schedule.restartEvery ?? ("resetEvery" in arm ? arm.resetEvery : undefined)
      if (restartEvery === undefined) {
        throw new Error(
          "a jagged-cosine schedule needs restartEvery where the arm has no resetEvery"
        )
      }
      return { ...schedule, restartEvery, horizon: schedule.horizon ?? training.steps }
    }
  }
}

/**
 * Learning rates of the updates first+1 … last, to 12 significant digits, so that the last bit of a platform's cosine is
 * in no cache key. `factor` is a factor of each, and `time` another scheduler step for each, by the scheduler step.
 */
export const learningRates = (
  schedule: Resolved,
  peak: number,
  first: number,
  last: number,
  { factor = () => 1, time = (t) => t }: {
    readonly factor?: (t: number) => number
    readonly time?: (t: number) => number
  } = {}
): ReadonlyArray<number> =>
  Array.from({ length: last - first }, (_, i) => {
    const t = first + i
    return Number((peak * multiplier(schedule, time(t)) * factor(t)).toPrecision(12))
  })

/**
 * Steps in first+1 … last after whose update the adapters are merged: one step after each whole period of adapter
 * training, resetEvery+1, 2·resetEvery+1, … counted from the end of the warm start. A schedule that restarts in the
 * same rhythm gives the update before a merge a rate of 0.
 */
export const mergeSteps = (
  { resetEvery, warmStartSteps }: { readonly resetEvery: number; readonly warmStartSteps: number },
  first: number,
  last: number
): ReadonlyArray<number> => {
  const steps: Array<number> = []
  for (let step = warmStartSteps + resetEvery + 1; step <= last; step += resetEvery) if (step > first) steps.push(step)
  return steps
}
