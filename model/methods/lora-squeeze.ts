/**
 * LoRA-Squeeze (Vulić et al., arXiv 2602.10993): LoRA of a high rank, cut to a lower one on the way, or at its end. A cut keeps the best
 * approximation of the product, B'·A' = [B·A]_k (from QR of both factors, so that the product is never formed), and the scale of the
 * pair's output. Moments and counters of the pair are zeroed.
 *
 * The source's schedule was not seen: the steps, the ranks and the steps by which the learning rate climbs back are settings.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import type { Adaptation, Event } from "../adaptation.ts"
import { truncate } from "./factored.ts"
import { given, layersOf, nameA, nameB, pairOf, pairs } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

type Squeeze = Extract<Method, { kind: "lora-squeeze" }>
type SqueezeArm = Extract<Arm, { method: "lora-squeeze" }>

/** Steps at which training is cut into segments, since the graph of a step has one rank. */
export const cuts = ({ squeezeAt }: SqueezeArm): ReadonlyArray<number> => squeezeAt

export const events = ({ squeezeAt }: SqueezeArm, first: number, last: number): ReadonlyArray<Event> =>
  squeezeAt.filter((step) => step > first && step <= last).map((step) => ({ step, event: "squeeze" }))

/** Rank and alpha of the update ending at a step, and the rank of the next cut; alpha / rank stays what it was. */
export const settingsAt = (
  method: Squeeze,
  { ranks, squeezeAt }: SqueezeArm,
  step: number
): Squeeze => {
  const cut = squeezeAt.filter((at) => at < step).length
  const rank = ranks[cut - 1] ?? method.rank
  return {
    ...method,
    rank,
    alpha: method.alpha * rank / method.rank,
    ranks: ranks.slice(cut, cut + 1)
  }
}

/** Factor of the learning rate at scheduler step t: it climbs back after a cut. */
export const rateFactor = ({ rewarmSteps, squeezeAt }: SqueezeArm, t: number): number => {
  const since = t - (squeezeAt.findLast((at) => at <= t) ?? -Infinity)
  return since < rewarmSteps ? since / rewarmSteps : 1
}

export const adapt = (method: Squeeze): Adaptation => ({
  ...pairs(method),
  events: {
    /** To the first of the ranks; training of the old one ends with it. */
    squeeze: (state) => {
      const [rank] = given(method.ranks, "ranks", "the pair is cut") as [number]
      for (const layer of layersOf(state)) {
        const [a, b] = pairOf(state, layer)!
        const { left, right } = truncate(b, a, rank)
        state.set(nameA(layer), { shape: [rank, a.shape[1]!], values: Float32Array.from(right) })
        state.set(nameB(layer), { shape: [b.shape[0]!, rank], values: Float32Array.from(left) })
      }
    }
  }
})
