/**
 * ReLoRA (Lialin et al., arXiv 2307.05695): the linear layers are frozen and a pair of thin matrices beside each is
 * trained; now and then the pair's product is added to the frozen matrix and the pair starts afresh.
 *
 *     y = x Wᵀ + s · B(A(dropout(x))),  s = alpha / rank,  A (R, in), B (out, R)
 *
 * Four switches tell the method as described from the method as published runs had it (arXiv 2509.12960 and its code):
 * `initA`, `mergeScale`, `reinitEffective` and `optimizerPrune` (see schemas/methods/relora.ts).
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import { type Stream, stream } from "../../tensor/random.ts"
import type { Adaptation, Event } from "../adaptation.ts"
import { mergeSteps } from "../schedule.ts"
import { tensorOf } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"
import { drawA, given, layersOf, nameA, nameB, pairOf, pairs } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

/** Sets a random share of the elements to zero. */
const prune = (values: Float32Array, share: number, numbers: Stream): void => {
  for (let i = 0; i < values.length; i++) if (numbers.word() < share * 2 ** 32) values[i] = 0
}

export const events = (arm: Extract<Arm, { method: "relora" }>, first: number, last: number): ReadonlyArray<Event> =>
  mergeSteps(arm, first, last).map((step) => ({ step, event: "merge" }))

export const adapt = (method: Extract<Method, { kind: "relora" }>): Adaptation => {
  const { alpha, rank, seed } = method
  return {
    ...pairs(method),
    events: {
      /** Moments are pruned; the step counter goes on. */
      merge: (state, step) => {
        const factor = given(method.mergeScale, "mergeScale", "adapters are merged") === 1 ? 1 : alpha / rank
        const reinitEffective = given(method.reinitEffective, "reinitEffective", "adapters are merged")
        const optimizerPrune = given(method.optimizerPrune, "optimizerPrune", "adapters are merged")
        for (const layer of layersOf(state)) {
          const [a, b] = pairOf(state, layer)!
          const base = tensorOf(state, layer)
          base.values = Float32Array.from(plusProduct(base.values, a, b, factor))
          const redrawn = drawA(seed, layer, rank, a.shape[1]!, step)
          if (reinitEffective) {
            a.values = redrawn
            b.values = new Float32Array(b.values.length)
          } else {
            // As in the published runs, whose optimizer held the pair in copies of its own: the fresh pair is seen by one
            // forward pass, and the gradient found there is applied to the kept pair, which then comes back.
            a.shown = redrawn
            b.shown = new Float32Array(b.values.length)
          }
          for (const [name, { moments }] of [[nameA(layer), a], [nameB(layer), b]] as const) {
            if (!moments) continue
            prune(moments.expAvg, optimizerPrune, stream(seed, "prune", name, "exp_avg", step))
            prune(moments.expAvgSq, optimizerPrune, stream(seed, "prune", name, "exp_avg_sq", step))
          }
        }
      }
    }
  }
}
