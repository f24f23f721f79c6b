/**
 * A pair of thin matrices beside each adapted linear layer: what LoRA (Hu et al., arXiv 2106.09685) and its kin share.
 *
 *     y = x Wᵀ + s · B(A(dropout(x))),  s = alpha / rank,  A (R, in), B (out, R)
 */
import type { ModelShape } from "../../schemas/model.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Parts, Trainable } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { isLinear, type Linear, linearBound, type Parameter, parameters } from "../parameters.ts"
import { tensorOf, type TensorState, type TrainingState } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"

export const nameA = (layer: string) => `${layer}.A`
export const nameB = (layer: string) => `${layer}.B`

/** A setting that may be left out, where it is needed. */
export const given = <A>(value: A | undefined, name: string, when: string): A => {
  if (value === undefined) throw new Error(`${when}, but the method was given no ${name}`)
  return value
}

/** Whether targets, substrings of names, name a linear layer. */
export const targeted = (targets: ReadonlyArray<string>) => (parameter: Parameter): parameter is Linear =>
  isLinear(parameter) && targets.some((target) => parameter.name.includes(target))

export const pairOf = (state: TrainingState, layer: string): readonly [a: TensorState, b: TensorState] | undefined => {
  const a = state.get(nameA(layer)), b = state.get(nameB(layer))
  if ((a === undefined) !== (b === undefined)) {
    throw new Error(`${layer} has only the ${a ? "A" : "B"} of its adapter: the training state is incomplete`)
  }
  return a && b && [a, b]
}

/** Layers of a state that carry a pair. */
export const layersOf = (state: TrainingState): ReadonlyArray<string> =>
  [...state.keys()].filter((name) => state.has(nameA(name)) && state.has(nameB(name)))

/** W + alpha/rank·B·A, or W where there is no pair. */
export const pairParts = (
  { alpha, rank }: { readonly alpha: number; readonly rank: number },
  state: TrainingState,
  name: string
): Parts => {
  const { shape, values } = tensorOf(state, name)
  const pair = pairOf(state, name)
  return pair
    ? { shape, effective: plusProduct(values, ...pair, alpha / rank), base: values, pair }
    : { shape, effective: values }
}

/** A drawn by kaiming_uniform(a = √5), as at a given step; step 0 is the attachment. */
export const drawA = (seed: number, layer: string, rank: number, into: number, step: number): Float32Array => {
  const bound = linearBound(into)
  return stream(seed, "adapter", nameA(layer), step).fillUniform(new Float32Array(rank * into), -bound, bound)
}

export interface PairSettings {
  readonly kind: string
  readonly rank: number
  readonly alpha: number
  readonly dropout: number
  readonly targets: ReadonlyArray<string>
  readonly initA?: "zero" | "kaiming" | undefined
  readonly seed: number
}

/** An adaptation by pairs, without events. */
export const pairs = (method: PairSettings): Adaptation => {
  const { alpha, dropout, rank, seed, targets } = method
  const hasAdapter = targeted(targets)
  const tensors = (shape: ModelShape): ReadonlyArray<Trainable> =>
    parameters(shape).flatMap((parameter): ReadonlyArray<Trainable> => {
      if (!hasAdapter(parameter)) return [{ ...parameter, trained: true }]
      const { name, shape: [out, into] } = parameter
      return [
        { ...parameter, trained: false },
        { name: nameA(name), kind: "linear", shape: [rank, into], trained: true },
        { name: nameB(name), kind: "linear", shape: [out, rank], trained: true }
      ]
    })

  return {
    tensors,

    masks: (shape) =>
      dropout === 0 ? [] : parameters(shape).filter(hasAdapter).map(({ name, shape: [, into] }) => ({
        name: `${name}.dropout`,
        width: into,
        fill: (out, step, microBatch) => void stream(seed, "dropout", name, step, microBatch).fillMask(out, dropout)
      })),

    linear: (graph, layer, x, { mask, tensor }) => {
      const { name } = layer
      const frozen = graph.matmul(x, tensor(name), { transposeB: true }) // (N, out)
      if (!hasAdapter(layer)) return frozen
      const kept = dropout === 0 ? x : graph.mul(x, mask(`${name}.dropout`, x.shape)) // (N, in)
      const inner = graph.matmul(kept, tensor(nameA(name)), { transposeB: true }) // (N, R)
      // What dropout keeps is scaled by 1/(1−p); the factor rides on this product.
      const outer = graph.matmul(inner, tensor(nameB(name)), { transposeB: true, alpha: alpha / rank / (1 - dropout) })
      return graph.add(frozen, outer)
    },

    attach: (state, shape) => {
      const made = fit(state, tensors(shape), ({ name, shape: [height, into] }) => {
        if (!/\.[AB]$/.test(name)) return undefined
        const initA = given(method.initA, "initA", "adapters are attached")
        return initA === "kaiming" && name.endsWith(".A")
          ? drawA(seed, name.slice(0, -2), rank, into!, 0)
          : new Float32Array(height! * into!)
      }, { method: method.kind })
      return made ? "attach" : undefined
    },

    events: {},
    parts: (state, name) => pairParts(method, state, name)
  }
}
