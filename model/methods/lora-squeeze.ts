/**
 * LoRA-Squeeze (Vulić et al., arXiv 2602.10993): LoRA of a high rank, cut to a lower one on the way. A cut keeps the best
 * approximation of the product, B'·A' = [B·A]_k (from QR of both factors, so that the product is never formed), and the scale of the
 * pair's output. Moments and counters of the pair are zeroed.
 *
 * The source's schedule was not seen: the steps, the ranks and the steps by which the learning rate climbs back are settings.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import type { Adaptation } from "../adaptation.ts"
import { truncate } from "./factored.ts"
import { layersOf, pairOf, pairs } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

type SqueezeArm = Extract<Arm, { method: "lora-squeeze" }>

/** Steps at which training is cut into segments, since the graph of a step has one rank. */
export const cuts = ({ squeezeAt }: SqueezeArm): ReadonlyArray<number> => squeezeAt

/** Rank and alpha of the update ending at a step; alpha / rank stays what it was. */
export const settingsAt = (
  method: Extract<Method, { kind: "lora-squeeze" }>,
  { ranks, squeezeAt }: SqueezeArm,
  step: number
): typeof method => {
  const rank = ranks[squeezeAt.filter((at) => at < step).length - 1] ?? method.rank
  return { ...method, rank, alpha: method.alpha * rank / method.rank }
}

/** Factor of the learning rate at scheduler step t: it climbs back after a cut. */
export const rateFactor = ({ rewarmSteps, squeezeAt }: SqueezeArm, t: number): number => {
  const since = t - (squeezeAt.findLast((at) => at <= t) ?? -Infinity)
  return since < rewarmSteps ? since / rewarmSteps : 1
}

export const adapt = (method: Extract<Method, { kind: "lora-squeeze" }>): Adaptation => {
  const { rank } = method
  const base = pairs(method)
  return {
    ...base,
    attach: (state, shape) => {
      let cut = false
      for (const layer of layersOf(state)) {
        const [a, b] = pairOf(state, layer)!
        if (a.shape[0]! <= rank) continue
        const { left, right } = truncate(b, a, rank)
        state.set(`${layer}.A`, { shape: [rank, a.shape[1]!], values: Float32Array.from(right) })
        state.set(`${layer}.B`, { shape: [b.shape[0]!, rank], values: Float32Array.from(left) })
        cut = true
      }
      return base.attach(state, shape) ?? (cut ? "squeeze" : undefined)
    }
  }
}
