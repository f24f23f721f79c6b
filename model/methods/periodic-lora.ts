/**
 * PeriodicLoRA (Meng et al., arXiv 2402.16141): LoRA in stages. At the end of a stage the product goes into the frozen weight, and
 * pair, moments, counters and, unless told otherwise, the learning rate's schedule begin anew.
 *
 *     B' = k·B,  A' = k·A + (1−k)·A_fresh,  W ← W + s·(B·A − B'·A')
 *
 * k is `keep`: 0 unloads all, 1 nothing. The source keeps a share in a way that was not seen; this one leaves the weight as it
 * was. `rule: decay` is a third party's, which does not.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import type { Adaptation, Event } from "../adaptation.ts"
import { tensorOf } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"
import { drawA, given, layersOf, pairOf, pairs } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

type PeriodicArm = Extract<Arm, { method: "periodic-lora" }>

export const events = (
  { stageSteps, warmStartSteps }: PeriodicArm,
  first: number,
  last: number
): ReadonlyArray<Event> => {
  const found: Array<Event> = []
  for (let step = warmStartSteps + stageSteps; step <= last; step += stageSteps) {
    if (step > first) found.push({ step, event: "unload" })
  }
  return found
}

/** Steps after which the schedule begins anew, and the first of them. */
export const period = ({ restartSchedule, stageSteps, warmStartSteps }: PeriodicArm) =>
  restartSchedule ? { every: stageSteps, from: warmStartSteps } : undefined

export const adapt = (method: Extract<Method, { kind: "periodic-lora" }>): Adaptation => {
  const { alpha, rank, seed } = method
  const scale = alpha / rank
  return {
    ...pairs(method),
    events: {
      /** Moments and counters of the pair are zeroed; with rule decay they are kept. */
      unload: (state, step) => {
        const keep = given(method.keep, "keep", "a stage ends")
        const rule = given(method.rule, "rule", "a stage ends")
        for (const layer of layersOf(state)) {
          const [a, b] = pairOf(state, layer)!
          const base = tensorOf(state, layer)
          if (rule === "decay") {
            base.values = Float32Array.from(plusProduct(base.values, a, b, keep * scale))
            for (const factor of [a, b]) factor.values = factor.values.map((value) => (1 - keep) * value)
            continue
          }
          const whole = plusProduct(base.values, a, b, scale)
          const fresh = drawA(seed, layer, rank, a.shape[1]!, step)
          a.values = a.values.map((value, at) => keep * value + (1 - keep) * fresh[at]!)
          b.values = b.values.map((value) => keep * value)
          base.values = Float32Array.from(plusProduct(whole, a, b, -scale))
          for (const factor of [a, b]) delete factor.moments
        }
      }
    }
  }
}
