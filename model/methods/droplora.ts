/**
 * DropLoRA (Zhang, arXiv 2508.17337; code TayeeChang/DropLoRA): LoRA with a mask between its factors.
 *
 *     y = x Wᵀ + s/(1−q) · B(m ⊙ A(dropout(x))),  m_i = 1 with probability 1 − q
 *
 * One mask a step and layer, as the paper has it, trains in a random subspace; the official code draws one for each token. The weight
 * is without mask.
 *
 * The official code also has a mask that is learnt: m_i = 1 where σ(ℓ_i) ≥ 1/2, ℓ zeros at first, in the place of m and its mean in the
 * place of 1 − q. The gradient by m is passed on to σ(ℓ) as if it were m, none goes through the mean, and ℓ is not decayed. That mask is part
 * of the weight: the code's forward pass after training leaves it out, and its merge does not. Where no direction is left, the mean is
 * taken for 1/R.
 */
import type { Method, ModelShape } from "../../schemas/model.ts"
import type { Graph } from "../../tensor/graph.ts"
import type { Node } from "../../tensor/node.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Mask, Parts, Trainable } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { parameters } from "../parameters.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { adamw } from "../update.ts"
import { firstOfPair, gatedParts, nameA, nameB, pairParts, pairs, targeted } from "./pair.ts"

type Droplora = Extract<Method, { kind: "droplora" }>

const nameMask = (layer: string) => `${layer}.mask`
const nameLogits = (layer: string) => `${layer}.logits`

/** W + s·B·A, or with a learnt mask W + s·B·diag(m/mean(m))·A. */
export const parts = (
  shown: { readonly alpha: number; readonly rank: number },
  state: TrainingState,
  name: string
): Parts =>
  state.has(nameLogits(name))
    ? gatedParts(shown, state, name, (layer) => {
      const kept = tensorOf(state, nameLogits(layer)).values.map((logit) => logit >= 0 ? 1 : 0)
      const size = kept.length / Math.max(1, kept.reduce((sum, one) => sum + one, 0))
      return kept.map((one) => size * one)
    })
    : pairParts(shown, state, name)

/** m/mean(m) of logits (R) as (1, R). */
const learntMask = (graph: Graph, logits: Node): Node => {
  const rank = logits.shape[0]!
  const column = graph.reshape(logits, [rank, 1])
  const zeros = graph.constant(new Float32Array(rank), [rank, 1])
  const largest = graph.reduceMax(graph.concat([column, zeros], 1), [1], { keep: true })
  const hard = graph.cast(graph.equal(column, largest), "float32") // (R, 1): 1 where ℓ ≥ 0
  const mask = graph.custom([logits], () => ({
    output: graph.reshape(hard, [1, rank]),
    pullback: (cotangent) => {
      const soft = graph.sigmoid(logits)
      return [graph.mul(graph.reshape(cotangent, [rank]), graph.mul(soft, graph.sub(1, soft)))]
    }
  }))
  const count = graph.reshape(graph.reduceSum(hard, [0, 1]), [1, 1])
  const atLeastOne = graph.reduceMax(graph.concat([count, graph.constant(Float32Array.of(1), [1, 1])], 1), [1], {
    keep: true
  })
  return graph.mul(mask, graph.div(rank, atLeastOne))
}

/** The pair's tensors, each layer's followed by its logits. */
const learning = (base: Adaptation, method: Droplora): Pick<Adaptation, "attach" | "parts" | "tensors" | "update"> => {
  const tensors = (shape: ModelShape): ReadonlyArray<Trainable> =>
    base.tensors(shape).flatMap((tensor) =>
      tensor.name.endsWith(".B")
        ? [tensor, { name: nameLogits(tensor.name.slice(0, -2)), kind: "linear", shape: [method.rank], trained: true }]
        : [tensor]
    )
  return {
    tensors,
    attach: (state, shape) => {
      const first = (tensor: Trainable) =>
        tensor.name.endsWith(".logits") ? new Float32Array(method.rank) : firstOfPair(method)(tensor)
      return fit(state, tensors(shape), first, method) ? "attach" : undefined
    },
    parts: (state, name) => parts(method, state, name),
    update: ({ gradients, learningRate, name, optimizer, state }) =>
      name.endsWith(".logits")
        ? adamw(tensorOf(state, name), gradients.get(name)!, learningRate, { ...optimizer, weightDecay: 0 })
        : undefined
  }
}

export const adapt = (method: Droplora): Adaptation => {
  const { alpha, dropout, maskRate, maskScope, rank, seed, targets } = method
  const hasAdapter = targeted(targets)
  const base = pairs(method)
  const learnt = maskScope === "learned"
  const drawn = !learnt && maskRate > 0
  const fill = (name: string): Mask["fill"] => (out, step, microBatch, length) => {
    if (maskScope === "token") return void stream(seed, "mask", name, step, microBatch).fillMask(out, maskRate)
    const tokens = maskScope === "step" ? out.length / rank : length
    const drawn = maskScope === "step" ? stream(seed, "mask", name, step) : stream(seed, "mask", name, step, microBatch)
    const masks = drawn.fillMask(new Uint8Array(out.length / tokens), maskRate)
    for (let at = 0; at < out.length; at++) out[at] = masks[Math.floor(at / (tokens * rank)) * rank + at % rank]!
  }
  return {
    ...base,
    ...learnt ? learning(base, method) : {},
    masks: (shape) => [
      ...base.masks(shape),
      ...(drawn
        ? parameters(shape).filter(hasAdapter).map(({ name }) => ({
          name: nameMask(name),
          width: rank,
          fill: fill(name)
        }))
        : [])
    ],
    linear: (graph, layer, x, inputs) => {
      if (!(drawn || learnt) || !hasAdapter(layer)) return base.linear(graph, layer, x, inputs)
      const { name } = layer
      const { mask, tensor } = inputs
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      const kept = dropout === 0 ? x : graph.mul(x, mask(`${name}.dropout`, x.shape)) // (N, in)
      const inner = graph.matmul(kept, tensor(nameA(name)), { transposeB: true }) // (N, R)
      const masked = graph.mul(
        inner,
        learnt ? learntMask(graph, tensor(nameLogits(name))) : mask(nameMask(name), inner.shape)
      )
      const factor = alpha / rank / (1 - dropout) / (learnt ? 1 : 1 - maskRate)
      return graph.add(frozen, graph.matmul(masked, tensor(nameB(name)), { transposeB: true, alpha: factor }))
    }
  }
}
