/**
 * ReLoRA (Lialin et al., arXiv 2307.05695): the linear layers are frozen and a pair of thin matrices beside each is
 * trained; now and then the pair's product is added to the frozen matrix and the pair starts afresh.
 *
 *     y = x Wᵀ + s · B(A(dropout(x))),  s = alpha / rank,  A (R, in), B (out, R)
 *
 * Four switches tell the method as described from the method as published runs had it (arXiv 2509.12960 and its code):
 * `initA`, `mergeScale`, `reinitEffective` and `optimizerPrune` (see schemas/study.ts).
 */
import type { Method, ModelShape } from "../../schemas/model.ts"
import { type Stream, stream } from "../../tensor/random.ts"
import type { Adaptation, Trainable } from "../adaptation.ts"
import { elements, isLinear, type Linear, linearBound, type Parameter, parameters } from "../parameters.ts"
import { tensorOf, type TensorState, type TrainingState } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"

type Relora = Extract<Method, { kind: "relora" }>

const nameA = (layer: string) => `${layer}.A`
const nameB = (layer: string) => `${layer}.B`

/** A setting that may be left out, where it is needed. */
const given = <A>(value: A | undefined, name: string, when: string): A => {
  if (value === undefined) throw new Error(`${when}, but the method was given no ${name}`)
  return value
}

/** Sets a random share of the elements to zero. */
const prune = (values: Float32Array, share: number, numbers: Stream): void => {
  for (let i = 0; i < values.length; i++) if (numbers.word() < share * 2 ** 32) values[i] = 0
}

export const relora = (method: Relora): Adaptation => {
  const { alpha, dropout, rank, seed, targets } = method
  const scale = alpha / rank
  const adapted = (name: string) => targets.some((target) => name.includes(target))
  const hasAdapter = (parameter: Parameter): parameter is Linear => isLinear(parameter) && adapted(parameter.name)

  /** A drawn by kaiming_uniform(a = √5), as at a given step; step 0 is the attachment. */
  const drawA = (layer: string, into: number, step: number): Float32Array => {
    const bound = linearBound(into)
    return stream(seed, "adapter", nameA(layer), step).fillUniform(new Float32Array(rank * into), -bound, bound)
  }

  const pairOf = (state: TrainingState, layer: string): readonly [a: TensorState, b: TensorState] | undefined => {
    const a = state.get(nameA(layer))
    const b = state.get(nameB(layer))
    return a && b && [a, b]
  }

  const layersOf = (state: TrainingState): ReadonlyArray<string> =>
    [...state.keys()].filter((name) => state.has(nameA(name)) && state.has(nameB(name)))

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
      const outer = graph.matmul(inner, tensor(nameB(name)), { transposeB: true, alpha: scale / (1 - dropout) })
      return graph.add(frozen, outer)
    },

    attach: (state, shape) => {
      const before = new Map(state)
      const made: Array<string> = []
      state.clear()
      for (const { name, shape: dimensions, trained } of tensors(shape)) {
        let tensor = before.get(name)
        if (!tensor && /\.[AB]$/.test(name)) {
          const initA = given(method.initA, "initA", "adapters are attached")
          const layer = name.slice(0, -2)
          const drawn = initA === "kaiming" && name === nameA(layer)
          const values = drawn ? drawA(layer, dimensions[1]!, 0) : new Float32Array(elements(dimensions))
          tensor = { shape: dimensions, values }
          made.push(name)
        }
        if (!tensor) throw new Error(`the state lacks ${name}: it belongs to a model of another shape`)
        if (!trained) delete tensor.moments
        state.set(name, tensor)
      }
      return made.length > 0
    },

    merge: (state, step) => {
      const mergeFactor = given(method.mergeScale, "mergeScale", "adapters are merged") === "1" ? 1 : scale
      const reinitEffective = given(method.reinitEffective, "reinitEffective", "adapters are merged")
      const optimizerPrune = given(method.optimizerPrune, "optimizerPrune", "adapters are merged")
      for (const layer of layersOf(state)) {
        const [a, b] = pairOf(state, layer)!
        const base = tensorOf(state, layer)
        base.values = Float32Array.from(plusProduct(base.values, a, b, mergeFactor))
        const redrawn = drawA(layer, a.shape[1]!, step)
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
