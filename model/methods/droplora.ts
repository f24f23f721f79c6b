/**
 * DropLoRA (Zhang, arXiv 2508.17337; code TayeeChang/DropLoRA): LoRA with a mask between its factors.
 *
 *     y = x Wᵀ + s/(1−q) · B(m ⊙ A(dropout(x))),  m_i = 1 with probability 1 − q
 *
 * One mask a step and layer, as the paper has it, trains in a random subspace; the official code draws one for each token. The weight
 * is without mask. The official code's learned mask is not implemented.
 */
import type { Method } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Mask } from "../adaptation.ts"
import { parameters } from "../parameters.ts"
import { nameA, nameB, pairs, targeted } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

const nameMask = (layer: string) => `${layer}.mask`

export const adapt = (method: Extract<Method, { kind: "droplora" }>): Adaptation => {
  const { alpha, dropout, maskRate, maskScope, rank, seed, targets } = method
  const hasAdapter = targeted(targets)
  const base = pairs(method)
  const fill = (name: string): Mask["fill"] => (out, step, microBatch, length) => {
    if (maskScope === "token") return void stream(seed, "mask", name, step, microBatch).fillMask(out, maskRate)
    const tokens = maskScope === "step" ? out.length / rank : length
    const drawn = maskScope === "step" ? stream(seed, "mask", name, step) : stream(seed, "mask", name, step, microBatch)
    const masks = drawn.fillMask(new Uint8Array(out.length / tokens), maskRate)
    for (let at = 0; at < out.length; at++) out[at] = masks[Math.floor(at / (tokens * rank)) * rank + at % rank]!
  }
  return {
    ...base,
    masks: (shape) => [
      ...base.masks(shape),
      ...(maskRate === 0 ? [] : parameters(shape).filter(hasAdapter).map(({ name }) => ({
        name: nameMask(name),
        width: rank,
        fill: fill(name)
      })))
    ],
    linear: (graph, layer, x, inputs) => {
      if (maskRate === 0 || !hasAdapter(layer)) return base.linear(graph, layer, x, inputs)
      const { name } = layer
      const { mask, tensor } = inputs
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      const kept = dropout === 0 ? x : graph.mul(x, mask(`${name}.dropout`, x.shape)) // (N, in)
      const inner = graph.matmul(kept, tensor(nameA(name)), { transposeB: true }) // (N, R)
      const masked = graph.mul(inner, mask(nameMask(name), inner.shape))
      const factor = alpha / rank / (1 - dropout) / (1 - maskRate)
      return graph.add(frozen, graph.matmul(masked, tensor(nameB(name)), { transposeB: true, alpha: factor }))
    }
  }
}
