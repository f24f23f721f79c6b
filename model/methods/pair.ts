/**
 * A pair of thin matrices beside each adapted linear layer: what LoRA (Hu et al., arXiv 2106.09685) and its kin share.
 *
 *     y = x Wᵀ + s · B(A(dropout(x))),  s = alpha / rank,  A (R, in), B (out, R)
 */
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Parts, Trainable } from "../adaptation.ts"
import { fit } from "../attach.ts"
import { isLinear, type Linear, linearBound, type Parameter, parameters } from "../parameters.ts"
import { tensorOf, type TensorState, type TrainingState } from "../state.ts"
import { type Matrix, plusProduct } from "./adapter-product.ts"

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

/** Tensors of a method: what `layer` lists in the place of each targeted layer's weight; all else is trained as it is. */
export const perLayer = (
  targets: ReadonlyArray<string>,
  layer: (linear: Linear) => ReadonlyArray<Trainable>
): Adaptation["tensors"] => {
  const isTarget = targeted(targets)
  return (shape) =>
    parameters(shape).flatMap((parameter) => isTarget(parameter) ? layer(parameter) : [{ ...parameter, trained: true }])
}

/** A (rank, in) and B (out, rank) of a layer, under its own name or another. */
export const pairTensors = (
  { name, shape: [out, into] }: Pick<Linear, "name" | "shape">,
  rank: number,
  trained = true
): ReadonlyArray<Trainable> => [
  { name: nameA(name), kind: "linear", shape: [rank, into], trained },
  { name: nameB(name), kind: "linear", shape: [out, rank], trained }
]

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

/** A weight without anything of a method's. */
export const plainParts = (state: TrainingState, name: string): Parts => {
  const { shape, values } = tensorOf(state, name)
  return { shape, effective: values }
}

/** W + alpha/rank·B·A, or W where there is no pair. */
export const pairParts = (
  { alpha, rank }: { readonly alpha: number; readonly rank: number },
  state: TrainingState,
  name: string
): Parts => {
  const pair = pairOf(state, name)
  if (!pair) return plainParts(state, name)
  const { shape, values } = tensorOf(state, name)
  return { shape, effective: plusProduct(values, ...pair, alpha / rank), base: values, pair }
}

/** W + alpha/rank·B·diag(gate)·A, or W where there is no pair; the pair has the gate folded into A. */
export const gatedParts = (
  { alpha, rank }: { readonly alpha: number; readonly rank: number },
  state: TrainingState,
  name: string,
  gateOf: (layer: string) => ArrayLike<number>
): Parts => {
  const pair = pairOf(state, name)
  if (!pair) return plainParts(state, name)
  const { shape, values } = tensorOf(state, name)
  const [a, b] = pair
  const gate = gateOf(name), into = a.shape[1]!
  const gated = { shape: a.shape, values: a.values.map((value, at) => gate[Math.floor(at / into)]! * value) }
  return { shape, effective: plusProduct(values, gated, b, alpha / rank), base: values, pair: [gated, b] }
}

/** The pair whose product is the sum of some pairs' products, each times a factor: directions beside one another. */
export const stacked = (
  all: ReadonlyArray<readonly [a: TensorState, b: TensorState]>,
  factors: ArrayLike<number>
): readonly [a: Matrix, b: Matrix] => {
  const rank = all.reduce((sum, [a]) => sum + a.shape[0]!, 0)
  const [into, out] = [all[0]![0].shape[1]!, all[0]![1].shape[0]!]
  const [a, b] = [new Float32Array(rank * into), new Float32Array(out * rank)]
  let at = 0
  for (const [i, [ofA, ofB]] of all.entries()) {
    const own = ofA.shape[0]!
    a.set(ofA.values, at * into)
    for (let o = 0; o < out; o++) {
      for (let k = 0; k < own; k++) b[o * rank + at + k] = factors[i]! * ofB.values[o * own + k]!
    }
    at += own
  }
  return [{ shape: [rank, into], values: a }, { shape: [out, rank], values: b }]
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

/** First values of a pair: A drawn or zero, B zero; of no other tensor. */
export const firstOfPair = (
  { initA, rank, seed }: Pick<PairSettings, "initA" | "rank" | "seed">
) =>
({ name, shape: [height, into] }: Trainable): Float32Array | undefined => {
  if (!/\.[AB]$/.test(name)) return undefined
  const law = given(initA, "initA", "adapters are attached")
  return law === "kaiming" && name.endsWith(".A")
    ? drawA(seed, name.slice(0, -2), rank, into!, 0)
    : new Float32Array(height! * into!)
}

/** An adaptation by pairs, without events. */
export const pairs = (method: PairSettings): Adaptation => {
  const { alpha, dropout, rank, seed, targets } = method
  const hasAdapter = targeted(targets)
  const tensors = perLayer(targets, (layer) => [{ ...layer, trained: false }, ...pairTensors(layer, rank)])

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

    attach: (state, shape) => fit(state, tensors(shape), firstOfPair(method), method) ? "attach" : undefined,

    events: {},
    parts: (state, name) => pairParts(method, state, name)
  }
}
