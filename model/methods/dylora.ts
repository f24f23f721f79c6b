/**
 * DyLoRA (Valipour et al., arXiv 2210.07558; code huawei-noah/Efficient-NLP, DyLoRA): each step draws a rank b of 1 … R, the same for
 * all layers, and sees the first b directions alone.
 *
 *     y = x Wᵀ + (alpha / b) · B_{:, :b}(A_{:b}(dropout(x)))
 *
 * In mode frozen direction b alone is moved, in mode full all up to it: neither momentum nor decay moves the others, and each direction
 * has a counter of its own. The weight is that of b = R.
 */
import type { Method, ModelShape } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Trainable } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { tensorOf } from "../state.ts"
import { clockOf, updateDirections } from "./by-vector.ts"
import { drawA, given, nameA, nameB, pairs, targeted } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

const scales = "dylora.scales"

/** Rank of a step, from 1; of step 0, which is none, the whole. */
export const rankOf = (seed: number, rank: number, step: number): number =>
  step === 0 ? rank : 1 + stream(seed, "rank", step).below(rank)

export const adapt = (method: Extract<Method, { kind: "dylora" }>): Adaptation => {
  const { alpha, dropout, mode, rank, seed, targets } = method
  const hasAdapter = targeted(targets)
  const base = pairs(method)
  const tensors = (shape: ModelShape): ReadonlyArray<Trainable> =>
    base.tensors(shape).flatMap((tensor) =>
      /\.[AB]$/.test(tensor.name) ? [tensor, clockOf(tensor.name, rank)] : [tensor]
    )
  return {
    ...base,
    tensors,
    fed: () => [{
      name: scales,
      shape: [rank],
      fill: (out, step) => {
        const b = rankOf(seed, rank, step)
        for (let i = 0; i < rank; i++) out[i] = i < b ? alpha / b : 0
      }
    }],
    linear: (graph, layer, x, { fed, mask, tensor }) => {
      const { name } = layer
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      if (!hasAdapter(layer)) return frozen
      const kept = dropout === 0 ? x : graph.mul(x, mask(`${name}.dropout`, x.shape)) // (N, in)
      const inner = graph.mul(graph.matmul(kept, tensor(nameA(name)), { transposeB: true }), fed(scales)) // (N, R)
      return graph.add(
        frozen,
        graph.matmul(inner, tensor(nameB(name)), { transposeB: true, alpha: 1 / (1 - dropout) })
      )
    },
    attach: (state, shape) => {
      const made = fit(state, tensors(shape), ({ name, shape: [height, into] }) => {
        if (name.endsWith(".clock")) return new Float32Array(rank)
        if (!/\.[AB]$/.test(name)) return undefined
        const initA = given(method.initA, "initA", "adapters are attached")
        return initA === "kaiming" && name.endsWith(".A")
          ? drawA(seed, name.slice(0, -2), rank, into!, 0)
          : new Float32Array(height! * into!)
      }, { method: method.kind })
      return made ? "attach" : undefined
    },
    update: ({ gradients, learningRate, name, optimizer, state, step }) => {
      const factor = /\.([AB])$/.exec(name)?.[1] as "A" | "B" | undefined
      if (factor === undefined) return undefined
      const b = rankOf(seed, rank, step)
      return updateDirections(tensorOf(state, name), gradients.get(name)!, {
        factor,
        directions: mode === "frozen" ? [b - 1] : Array.from({ length: b }, (_, i) => i),
        clock: tensorOf(state, `${name}.clock`).values,
        learningRate,
        optimizer
      })
    }
  }
}
