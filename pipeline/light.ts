/** What of a run is light: what past runs say will not take long. */
import { sharesWith, type Verdict } from "./decide.ts"
import { type Instance, references } from "./graph.ts"
import type { Prediction } from "./predict.ts"

/** Seconds from which an instance is not light. */
const limit = 60

export interface LeftOut {
  readonly instance: Instance
  /** heavy: it would take long; unknown: nothing tells how long; needs: it takes from one that is left out. */
  readonly because: "heavy" | "unknown" | "needs"
  readonly seconds: number | undefined
}

/**
 * Splits instances, closed under what they take from: kept are those that are there, and those that are light and take from kept ones
 * only, so that they are closed as well.
 */
export const light = (
  instances: ReadonlyArray<Instance>,
  verdicts: ReadonlyMap<string, Verdict>,
  predict: (instance: Instance) => Prediction
): { readonly kept: ReadonlyArray<Instance>; readonly left: ReadonlyArray<LeftOut> } => {
  const left = new Map<string, LeftOut>()
  for (const instance of instances) {
    const verdict = verdicts.get(instance.id)!
    if (verdict.status === "fresh") continue
    const { seconds } = predict(instance)
    const needs = references(instance).some((ref) => left.has(ref.instance)) ||
      left.has(sharesWith(verdict) ?? "")
    const because = needs
      ? "needs"
      : sharesWith(verdict) !== undefined || (seconds !== undefined && seconds < limit)
      ? undefined
      : seconds === undefined
      ? "unknown"
      : "heavy"
    if (because !== undefined) left.set(instance.id, { instance, because, seconds })
  }
  return { kept: instances.filter(({ id }) => !left.has(id)), left: [...left.values()] }
}
