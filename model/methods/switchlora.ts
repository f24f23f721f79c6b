/**
 * SwitchLoRA (Zhou et al., arXiv 2406.06564; code asfsdsf/SwitchLoRA): LoRA on random weights, whose directions change places with
 * those of a pool of min(out, in) vectors a side.
 *
 *     y = x (W + s·B·A)ᵀ,  s = alpha / rank
 *     exchange of a_i for c:  W ← W + s·b_i (a_i − c),  a_i into the pool, a_i ← c;  likewise of b_i
 *
 * The weight stays what it was. The counterpart b_i of an exchanged a_i loses moments and counter, and stands still for
 * `freezeSteps` updates; the exchanged vector keeps its own. A side exchanges rank/interval · 0.3^(t/decaySteps) directions a step on
 * average, in turn; A and B are half a rank apart.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import { stream } from "../../tensor/random.ts"
import type { Adaptation, Event } from "../adaptation.ts"
import { fit, kept } from "../attach.ts"
import { elements, parameters } from "../parameters.ts"
import { eventsEvery } from "../schedule.ts"
import { tensorOf, type TensorState, type TrainingState } from "../state.ts"
import { clockOf, directionOf, updateDirections } from "./by-vector.ts"
import { given, layersOf, pairOf, pairs, pairTensors, perLayer } from "./pair.ts"

export { pairParts as parts } from "./pair.ts"

type Switchlora = Extract<Method, { kind: "switchlora" }>

const factors = ["A", "B"] as const
type Factor = (typeof factors)[number]
const counterpart = { A: "B", B: "A" } as const

/** Directions that a side exchanges a step, on average, after `step` steps. */
export const frequency = (rank: number, step: number, interval: number, decaySteps: number): number =>
  rank / interval * 0.3 ** (step / decaySteps)

export const events = (
  { switchEvery }: Extract<Arm, { method: "switchlora" }>,
  first: number,
  last: number
): ReadonlyArray<Event> => eventsEvery("switch", { every: switchEvery }, first, last)

/** Bound of the uniform law of a factor's entries, √3 of the deviation: gain 1/√3 of the published formulas. */
export const bound = (factor: Factor, rank: number, [m, n]: readonly [number, number]): number => {
  const root = factor === "A" ? (Math.sqrt(m) * rank / n ** 1.5) ** 0.25 : (rank / Math.sqrt(m * n)) ** 0.25
  return Math.sqrt(3) * root * Math.sqrt(1 / Math.sqrt(3))
}

const place = (layer: string, factor: Factor, what: "pool" | "frozen" | "next") => `${layer}.${factor}.${what}`

export const adapt = (method: Switchlora): Adaptation => {
  const { alpha, freezeSteps, rank, seed, targets } = method
  const scale = alpha / rank
  const base = pairs(method)
  const tensors = perLayer(targets, (layer) => {
    const { name, shape: [out, into] } = layer
    const pool = Math.min(out, into)
    return [
      { ...layer, trained: false },
      ...pairTensors(layer, rank),
      ...factors.flatMap((factor) => [
        clockOf(`${name}.${factor}`, rank),
        kept(place(name, factor, "frozen"), [rank]),
        kept(place(name, factor, "pool"), [pool, factor === "A" ? into : out]),
        // The direction, and the place in the pool, whose turn it is
        kept(place(name, factor, "next"), [2])
      ])
    ]
  })

  /** Exchanges the next direction of a side. */
  const exchange = (state: TrainingState, layer: string, factor: Factor): void => {
    const next = tensorOf(state, place(layer, factor, "next")).values
    const pool = tensorOf(state, place(layer, factor, "pool"))
    const [i, at] = [next[0]!, next[1]!]
    next[0] = (i + 1) % rank
    next[1] = (at + 1) % pool.shape[0]!
    const [a, b] = pairOf(state, layer)!
    const [tensor, other] = factor === "A" ? [a, b] : [b, a]
    const own = directionOf(tensor, factor, i), theirs = directionOf(other, counterpart[factor], i)
    const candidate = pool.values.subarray(at * own.count, (at + 1) * own.count)
    const w = tensorOf(state, layer)
    const into = a.shape[1]!
    // W + s·b (a − c)ᵀ, or W + s·(b − c) aᵀ
    for (let k = 0; k < own.count; k++) {
      const change = scale * (tensor.values[own.start + k * own.stride]! - candidate[k]!)
      for (let l = 0; l < theirs.count; l++) {
        const value = change * other.values[theirs.start + l * theirs.stride]!
        w.values[factor === "A" ? l * into + k : k * into + l]! += value
      }
    }
    for (let k = 0; k < own.count; k++) {
      const old = tensor.values[own.start + k * own.stride]!
      tensor.values[own.start + k * own.stride] = candidate[k]!
      candidate[k] = old
    }
    forget(other, counterpart[factor], i)
    tensorOf(state, `${layer}.${counterpart[factor]}.clock`).values[i] = 0
    tensorOf(state, place(layer, counterpart[factor], "frozen")).values[i] = freezeSteps
  }

  /** Zeroes the moments of a direction. */
  const forget = (tensor: TensorState, factor: Factor, i: number): void => {
    const { count, start, stride } = directionOf(tensor, factor, i)
    for (const values of [tensor.moments?.expAvg, tensor.moments?.expAvgSq]) {
      if (values) { for (let k = 0; k < count; k++) values[start + k * stride] = 0 }
    }
  }

  return {
    ...base,
    tensors,
    attach: (state, shape) => {
      const sides = new Map(parameters(shape).map((parameter) => [parameter.name, parameter.shape]))
      const made = fit(state, tensors(shape), ({ name, shape: of }) => {
        const [, layer, factor, what] = /^(.*)\.([AB])(?:\.(clock|frozen|pool|next))?$/.exec(name) ?? []
        if (layer === undefined) return undefined
        if (what === "next") return Float32Array.of(factor === "A" ? 0 : Math.floor(rank / 2), 0)
        const values = new Float32Array(elements(of))
        if (what === "clock" || what === "frozen") return values
        const most = bound(factor as Factor, rank, sides.get(layer) as [number, number])
        return stream(seed, what ?? "adapter", name).fillUniform(values, -most, most)
      }, method)
      return made ? "attach" : undefined
    },
    events: {
      /** Moments and counters of the counterparts are zeroed, those of all else kept. */
      switch: (state, step) => {
        const interval = given(method.interval, "interval", "directions are exchanged")
        const decaySteps = given(method.decaySteps, "decaySteps", "directions are exchanged")
        const expected = frequency(rank, step, interval, decaySteps) *
          given(method.switchEvery, "switchEvery", "directions are exchanged")
        for (const layer of layersOf(state)) {
          for (const factor of factors) {
            const chance = stream(seed, "switch", layer, factor, step).uniform()
            const count = Math.floor(expected) + (chance < expected - Math.floor(expected) ? 1 : 0)
            for (let one = 0; one < count; one++) exchange(state, layer, factor)
          }
        }
      }
    },
    update: ({ gradients, learningRate, name, optimizer, state }) => {
      const [, layer, factor] = /^(.*)\.([AB])$/.exec(name) ?? []
      if (layer === undefined) return undefined
      const frozen = tensorOf(state, place(layer, factor as Factor, "frozen")).values
      const directions: Array<number> = []
      for (let i = 0; i < rank; i++) {
        if (frozen[i]! > 0) frozen[i]! -= 1
        else directions.push(i)
      }
      return updateDirections(tensorOf(state, name), gradients.get(name)!, {
        factor: factor as Factor,
        directions,
        clock: tensorOf(state, `${name}.clock`).values,
        learningRate,
        optimizer
      })
    }
  }
}
