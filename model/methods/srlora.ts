/**
 * SRLoRA (arXiv 2505.12433): LoRA that begins along the leading singular directions of W, as PiSSA does, and now and then gives
 * its least important directions up for the next unused ones.
 *
 *     W₀ = Σ σ_j u_j v_jᵀ;  b_i = √(σ_i/s) u_i,  a_i = √(σ_i/s) v_i,  W ← W₀ − s·B·A,  y = x (W + s·B·A)ᵀ
 *     fusion of i:  W ← W + s(b_i a_i − b'_i a'_i),  b'_i = √(σ_j/s) u_j,  a'_i = √(σ_j/s) v_j,  j the next unused index
 *
 * So the effective weight stays what it was. Importance of an entry w with gradient g: I = |w·g|, Ī its running mean, Ū that of
 * |I − Ī|; of a direction: the mean of Ī·Ū (or Ī) over b_i, and that over a_i. Moments, counters and running means of a direction
 * that is fused are zeroed. How a direction's importance is made of its entries', the running means' decay, how many directions are
 * fused and when was not seen at the source; the subtraction of b'_i a'_i is ours. Once no index is left, nothing more is fused.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import { singularVectors } from "../../tensor/kernels/singular-values.ts"
import type { Adaptation, Event } from "../adaptation.ts"
import { fit, kept } from "../attach.ts"
import { elements, parameters } from "../parameters.ts"
import { eventsEvery } from "../schedule.ts"
import { tensorOf, type TensorState, type TrainingState } from "../state.ts"
import { plusProduct } from "./adapter-product.ts"
import { clockOf, directionOf, updateDirections } from "./by-vector.ts"
import { transposed } from "./factored.ts"
import { given, layersOf, nameA, nameB, pairOf, pairParts, pairs, pairTensors, perLayer, targeted } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

const factors = ["A", "B"] as const
type Factor = (typeof factors)[number]

/** Index of the singular direction that is next. */
const nameNext = (layer: string) => `${layer}.next`
/** Singular directions, by index less the rank: rows √(σ/s)·v of A, rows √(σ/s)·u of B. */
const nameSpare = (layer: string, factor: Factor) => `${layer}.${factor}.spare`
const nameSensitivity = (factor: string) => `${factor}.sensitivity`
const nameVariation = (factor: string) => `${factor}.variation`

export const events = (
  { fuseEvery, fuseUntil = Infinity, warmStartSteps }: Extract<Arm, { method: "srlora" }>,
  first: number,
  last: number
): ReadonlyArray<Event> =>
  eventsEvery("fuse", { every: fuseEvery, from: warmStartSteps }, first, Math.min(last, fuseUntil))

/** All singular directions of a weight (out, in), each vector times √(σ/s): rows for A and for B. */
const directionsOf = (
  weight: ArrayLike<number>,
  [out, into]: readonly [number, number],
  scale: number,
  name: string
): Readonly<Record<Factor, Float32Array>> => {
  const { left, right, sigma } = singularVectors(weight, out, into, name)
  const scaled = (vectors: Float64Array, length: number) =>
    Float32Array.from(vectors, (value, at) => value * Math.sqrt(sigma[Math.floor(at / length)]! / scale))
  return { A: scaled(right, into), B: scaled(left, out) }
}

/** Puts a vector in the place of direction i of a factor. */
const place = (tensor: TensorState, factor: Factor, i: number, vector: Float32Array): void => {
  const { count, start, stride } = directionOf(tensor, factor, i)
  for (let k = 0; k < count; k++) tensor.values[start + k * stride] = vector[k]!
}

/** Mean over each direction of a factor. */
const meansOf = (tensor: TensorState, factor: Factor, rank: number): Float64Array =>
  Float64Array.from({ length: rank }, (_, i) => {
    const { count, start, stride } = directionOf(tensor, factor, i)
    let sum = 0
    for (let k = 0; k < count; k++) sum += tensor.values[start + k * stride]!
    return sum / count
  })

/** The `count` least of some numbers, by place; of equal ones the first. */
export const least = (numbers: ArrayLike<number>, count: number): ReadonlyArray<number> =>
  Array.from({ length: numbers.length }, (_, i) => i).sort((i, j) => numbers[i]! - numbers[j]! || i - j).slice(0, count)

export const adapt = (method: Extract<Method, { kind: "srlora" }>): Adaptation => {
  const { alpha, basis, rank, score, smoothing, targets } = method
  const scale = alpha / rank
  const hasAdapter = targeted(targets)
  const base = pairs(method)
  const tensors = perLayer(targets, (layer) => {
    const { name, shape: [out, into] } = layer
    const spare = Math.min(out, into) - rank
    const sides = { A: [rank, into], B: [out, rank] } as const
    return [
      { ...layer, trained: false },
      ...pairTensors(layer, rank),
      ...factors.flatMap((factor) => [
        clockOf(`${name}.${factor}`, rank),
        kept(nameSensitivity(`${name}.${factor}`), sides[factor]),
        ...score === "product" ? [kept(nameVariation(`${name}.${factor}`), sides[factor])] : [],
        ...basis === "initial" && spare > 0
          ? [kept(nameSpare(name, factor), [spare, factor === "A" ? into : out])]
          : []
      ]),
      kept(nameNext(name), [1])
    ]
  })

  /** Importance of each direction of a layer. */
  const importance = (state: TrainingState, layer: string): Float64Array => {
    const total = new Float64Array(rank)
    for (const factor of factors) {
      const sensitivity = tensorOf(state, nameSensitivity(`${layer}.${factor}`))
      const variation = score === "product" ? tensorOf(state, nameVariation(`${layer}.${factor}`)).values : undefined
      const values = sensitivity.values.map((value, at) => variation ? value * variation[at]! : value)
      meansOf({ ...sensitivity, values }, factor, rank).forEach((mean, i) => total[i]! += mean)
    }
    return total
  }

  /** Fuses the least important directions of a layer, as long as there are others to go on with. */
  const fuse = (state: TrainingState, layer: string, count: number): void => {
    const [a, b] = pairOf(state, layer)!
    const weight = tensorOf(state, layer)
    const [out, into] = weight.shape as [number, number]
    const next = tensorOf(state, nameNext(layer))
    const index = next.values[0]!
    const fused = least(importance(state, layer), Math.min(count, Math.min(out, into) - index))
    if (fused.length === 0) return
    const whole = plusProduct(weight.values, a, b, scale)
    // Indices count from the leading direction; the kept ones begin after the pair's.
    const [all, from] = basis === "current"
      ? [directionsOf(whole, [out, into], scale, layer), index]
      : [
        { A: tensorOf(state, nameSpare(layer, "A")).values, B: tensorOf(state, nameSpare(layer, "B")).values },
        index - rank
      ]
    for (const [n, i] of fused.entries()) {
      for (const [factor, tensor] of [["A", a], ["B", b]] as const) {
        const length = factor === "A" ? into : out
        place(tensor, factor, i, all[factor].subarray((from + n) * length, (from + n + 1) * length))
        const name = `${layer}.${factor}`
        const zeroed = [tensor.moments?.expAvg, tensor.moments?.expAvgSq, state.get(nameSensitivity(name))?.values]
        for (const values of [...zeroed, state.get(nameVariation(name))?.values]) {
          if (values) place({ shape: tensor.shape, values }, factor, i, new Float32Array(length))
        }
        tensorOf(state, `${name}.clock`).values[i] = 0
      }
    }
    weight.values = Float32Array.from(plusProduct(whole, a, b, -scale))
    next.values = Float32Array.of(index + fused.length)
  }

  return {
    ...base,
    tensors,
    attach: (state, shape) => {
      const first = new Map<string, Float32Array>()
      const fresh = parameters(shape).filter(hasAdapter).filter(({ name }) => !state.has(nameA(name)))
      for (const { name, shape: [out, into] } of fresh) {
        const { A, B } = directionsOf(tensorOf(state, name).values, [out, into], scale, name)
        first.set(nameA(name), A.slice(0, rank * into))
        first.set(nameB(name), Float32Array.from(transposed(B.subarray(0, rank * out), rank, out)))
        first.set(nameSpare(name, "A"), A.slice(rank * into))
        first.set(nameSpare(name, "B"), B.slice(rank * out))
        first.set(nameNext(name), Float32Array.of(rank))
      }
      const made = fit(
        state,
        tensors(shape),
        ({ name, shape: of }) =>
          first.get(name) ??
            (/\.(clock|sensitivity|variation)$/.test(name) ? new Float32Array(elements(of)) : undefined),
        method
      )
      for (const { name } of fresh) {
        const tensor = tensorOf(state, name)
        tensor.values = Float32Array.from(plusProduct(tensor.values, ...pairOf(state, name)!, -scale))
      }
      return made ? "attach" : undefined
    },
    events: {
      /** Moments, counters and running means of the directions that are fused are zeroed, those of all else kept. */
      fuse: (state) => {
        const share = given(method.fuseShare, "fuseShare", "directions are fused")
        for (const layer of layersOf(state)) fuse(state, layer, Math.max(1, Math.round(share * rank)))
      }
    },
    parts: (state, name) => pairParts(method, state, name),
    update: ({ gradients, learningRate, name, optimizer, state }) => {
      const factor = /\.([AB])$/.exec(name)?.[1] as Factor | undefined
      if (factor === undefined) return undefined
      const tensor = tensorOf(state, name), gradient = gradients.get(name)!
      const sensitivity = tensorOf(state, nameSensitivity(name)).values
      const variation = state.get(nameVariation(name))?.values
      for (let at = 0; at < gradient.length; at++) {
        const found = Math.abs(tensor.values[at]! * gradient[at]!)
        sensitivity[at]! += (1 - smoothing) * (found - sensitivity[at]!)
        if (variation) variation[at]! += (1 - smoothing) * (Math.abs(found - sensitivity[at]!) - variation[at]!)
      }
      return updateDirections(tensor, gradient, {
        factor,
        directions: Array.from({ length: rank }, (_, i) => i),
        clock: tensorOf(state, `${name}.clock`).values,
        learningRate,
        optimizer
      })
    }
  }
}
