/**
 * SoRA (Ding et al., arXiv 2311.11696; code TsinghuaC3I/SoRA): LoRA with a gate g of R entries between its factors.
 *
 *     y = x Wᵀ + s · B(g ⊙ A(dropout(x)));  g ← T_τ(g − η·AdamW(∂g)),  T_τ(x) = sign(x)·max(|x| − τ, 0)
 *
 * A gate at zero leaves its direction out of the weight. Gates are not decayed. A and B are AdamW's. The threshold's λ may rise in equal
 * steps as training goes on, by which gates go from dense to sparse.
 */
import type { Method, ModelShape } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import { stream } from "../../tensor/random.ts"
import { noMoments, update } from "../adamw.ts"
import type { Adaptation, Parts, Trainable } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { firstOfPair, gatedParts, nameA, nameB, pairs, targeted } from "./pair.ts"

type Sora = Extract<Method, { kind: "sora" }>
type SoraArm = Extract<Arm, { method: "sora" }>

const nameGate = (layer: string) => `${layer}.gate`

/** Steps at which training is cut into segments: those after which λ rises. */
export const cuts = ({ raiseEvery = 0, raiseFrom, raises }: SoraArm): ReadonlyArray<number> =>
  raiseFrom === undefined ? [] : Array.from({ length: raises }, (_, i) => raiseFrom + i * raiseEvery)

/** λ of the update ending at a step. */
export const settingsAt = (method: Sora, arm: SoraArm, step: number): Sora => {
  const risen = cuts(arm).filter((at) => at < step).length
  return risen === 0
    ? method
    : { ...method, sparsity: method.sparsity + (arm.raiseTo - method.sparsity) * risen / arm.raises }
}

/** W + s·B·diag(g)·A */
export const parts = (
  shown: { readonly alpha: number; readonly rank: number },
  state: TrainingState,
  name: string
): Parts => gatedParts(shown, state, name, (layer) => tensorOf(state, nameGate(layer)).values)

/** sign(x)·max(|x| − τ, 0), or the official code's: what then is at most τ becomes zero, too. */
export const threshold = (x: number, tau: number, operator: "soft" | "official"): number => {
  const size = Math.abs(x) - tau
  if (operator === "soft") return size > 0 ? Math.sign(x) * size : 0
  if (Math.abs(x) === tau) return x
  return size > tau ? Math.sign(x) * size : 0
}

export const adapt = (method: Sora): Adaptation => {
  const { alpha, dropout, l1, operator, rank, seed, sparsity, targets, thresholdBy } = method
  const hasAdapter = targeted(targets)
  const base = pairs(method)
  const tensors = (shape: ModelShape): ReadonlyArray<Trainable> =>
    base.tensors(shape).flatMap((tensor) =>
      tensor.name.endsWith(".B")
        ? [tensor, { name: nameGate(tensor.name.slice(0, -2)), kind: "linear", shape: [rank], trained: true }]
        : [tensor]
    )
  return {
    ...base,
    tensors,
    linear: (graph, layer, x, { mask, tensor }) => {
      const { name } = layer
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      if (!hasAdapter(layer)) return frozen
      const kept = dropout === 0 ? x : graph.mul(x, mask(`${name}.dropout`, x.shape)) // (N, in)
      const inner = graph.mul(graph.matmul(kept, tensor(nameA(name)), { transposeB: true }), tensor(nameGate(name)))
      const outer = graph.matmul(inner, tensor(nameB(name)), { transposeB: true, alpha: alpha / rank / (1 - dropout) })
      return graph.add(frozen, outer)
    },
    attach: (state, shape) => {
      const first = (tensor: Trainable) =>
        tensor.name.endsWith(".gate")
          ? stream(seed, "gate", tensor.name).fillNormal(new Float32Array(rank))
          : firstOfPair(method)(tensor)
      return fit(state, tensors(shape), first, method) ? "attach" : undefined
    },
    parts: (state, name) => parts(method, state, name),
    update: ({ gradients, learningRate, name, optimizer, state }) => {
      if (!name.endsWith(".gate")) return undefined
      const tensor = tensorOf(state, name)
      const { values } = tensor
      const gradient = gradients.get(name)!.map((g, at) => g + l1 / rank * Math.sign(values[at]!))
      tensor.moments ??= noMoments(rank)
      const squares = update(values, gradient, tensor.moments, learningRate, { ...optimizer, weightDecay: 0 })
      const tau = thresholdBy === "rate" ? sparsity * learningRate : sparsity
      for (let i = 0; i < rank; i++) values[i] = threshold(values[i]!, tau, operator)
      return squares
    }
  }
}
