/**
 * LORO (Mo et al., ICLR 2025; code mzf666/LORO-main): each targeted layer is B·A, of rank r, and no matrix is held. AdamW trains the
 * factors; the step after each event `exact` moves W itself along the tangent space of matrices of rank r, and cuts it back:
 *
 *     W ← [W − η P_T(G)]_r,  P_T(G) = B X + Y A − B X Aᵀ(A Aᵀ)⁻¹ A,  X = (BᵀB)⁻¹ ∂A,  Y = ∂B (A Aᵀ)⁻¹
 *
 * with ∂A = BᵀG and ∂B = G Aᵀ, the factors' gradients. The factors come out balanced. Without exact steps it is the plain low-rank
 * model.
 */
import type { Method } from "../../schemas/model.ts"
import type { Arm } from "../../schemas/study.ts"
import { stream } from "../../tensor/random.ts"
import { noMoments } from "../adamw.ts"
import type { Adaptation, Event, Parts, Update } from "../adaptation.ts"
import { fit, kept } from "../attach.ts"
import { elements } from "../parameters.ts"
import { eventsEvery } from "../schedule.ts"
import { tensorOf, type TrainingState } from "../state.ts"
import { adamw } from "../update.ts"
import type { Matrix } from "./adapter-product.ts"
import { factorLayers, productParts, throughFactors } from "./factor-layers.ts"
import { solve, times, transposed, truncate } from "./factored.ts"
import { given, nameA, nameB, pairOf } from "./pair.ts"
import { direction, squaresOf } from "./projected-gradient.ts"

/** 1 where the next step of the layer is exact. */
const nameDue = (layer: string) => `${layer}.exact`

export const events = (
  { exactEvery }: Extract<Arm, { method: "loro" }>,
  first: number,
  last: number
): ReadonlyArray<Event> => exactEvery === undefined ? [] : eventsEvery("exact", { every: exactEvery }, first, last)

export const parts = (_shown: unknown, state: TrainingState, name: string): Parts => productParts(state, name)

/** New factors of [B·A − rate·P_T(G)]_r, for A (r, in), B (out, r) and their gradients. */
export const exactStep = (
  a: Matrix,
  b: Matrix,
  ofA: ArrayLike<number>,
  ofB: ArrayLike<number>,
  rate: number
): { readonly a: Float64Array; readonly b: Float64Array } => {
  const [r, into] = a.shape as [number, number]
  const [out] = b.shape as [number]
  const bt = transposed(b.values, out, r), at = transposed(a.values, r, into)
  const gramB = times(bt, b.values, r, out, r), gramA = times(a.values, at, r, into, r)
  const X = solve(gramB, ofA, r) // (r, in)
  const Yt = solve(gramA, transposed(ofB, out, r), r) // (r, out)
  const Z = transposed(solve(gramA, transposed(times(X, at, r, into, r), r, r), r), r, r) // X Aᵀ (A Aᵀ)⁻¹
  const ZA = times(Z, a.values, r, r, into)
  const left = new Float64Array(out * 2 * r), right = new Float64Array(2 * r * into)
  for (let o = 0; o < out; o++) {
    for (let k = 0; k < r; k++) {
      left[o * 2 * r + k] = b.values[o * r + k]!
      left[o * 2 * r + r + k] = -rate * Yt[k * out + o]!
    }
  }
  for (let i = 0; i < r * into; i++) {
    right[i] = a.values[i]! + rate * (ZA[i]! - X[i]!)
    right[r * into + i] = a.values[i]!
  }
  const cut = truncate({ shape: [out, 2 * r], values: left }, { shape: [2 * r, into], values: right }, r)
  return { a: cut.right, b: cut.left }
}

export const adapt = (method: Extract<Method, { kind: "loro" }>): Adaptation => {
  const { exactGradient, factorRate, rank, seed } = method
  const layers = factorLayers(method, ({ name }) => [kept(nameDue(name), [1])])
  const { replaced, tensors } = layers

  /** The exact step of a layer, made at its B, which comes after its A. */
  const exact = ({ gradients, learningRate, optimizer, state }: Update, layer: string): void => {
    const [a, b] = pairOf(state, layer)!
    const of = (name: string, tensor: typeof a) => {
      const gradient = gradients.get(name)!
      if (exactGradient === "gradient") return gradient
      tensor.moments ??= noMoments(gradient.length)
      return direction(gradient, tensor.moments, optimizer)
    }
    const decay = learningRate * optimizer.weightDecay
    const found = exactStep(a, b, of(nameA(layer), a), of(nameB(layer), b), learningRate)
    a.values = Float32Array.from(found.a, (value) => value - decay * value)
    b.values = Float32Array.from(found.b, (value) => value - decay * value)
    tensorOf(state, nameDue(layer)).values = new Float32Array(1)
  }

  return {
    tensors,
    masks: () => [],
    linear: (graph, layer, x, { tensor }) => throughFactors(layers, graph, layer, x, tensor),
    attach: (state, shape) => {
      const made = fit(state, tensors(shape), ({ name, shape: of }) => {
        if (name.endsWith(".exact")) return new Float32Array(1)
        if (!/\.[AB]$/.test(name)) return undefined
        // Xavier's normal law
        const deviation = Math.sqrt(2 / (of[0]! + of[1]!))
        return stream(seed, "factor", name).fillNormal(new Float32Array(elements(of))).map((value) => deviation * value)
      }, { kind: method.kind, dropped: replaced(shape) })
      return made ? "attach" : undefined
    },
    events: {
      /** All moments and counters are zeroed, or kept. */
      exact: (state) => {
        const zero = given(method.momentsAtExact, "momentsAtExact", "an exact step is due") === "zero"
        for (const [name, tensor] of state) {
          if (zero && tensor.moments) tensor.moments = noMoments(tensor.values.length)
          if (name.endsWith(".exact")) tensor.values = Float32Array.of(1)
        }
      }
    },
    parts: (state, name) => parts(undefined, state, name),
    update: (one) => {
      const { gradients, learningRate, name, optimizer, state } = one
      if (!/\.[AB]$/.test(name)) return undefined
      const layer = name.slice(0, -2)
      const gradient = gradients.get(name)!, tensor = tensorOf(state, name)
      if (tensorOf(state, nameDue(layer)).values[0] !== 0) {
        if (name === nameB(layer)) exact(one, layer)
        return squaresOf(gradient)
      }
      const [a, b] = pairOf(state, layer)!
      const factor = factorRate === "rank/side" ? rank / Math.min(a.shape[1]!, b.shape[0]!) : factorRate
      return adamw(tensor, gradient, factor * learningRate, optimizer)
    }
  }
}
