/** GaLore and Fira. */
import { describe, expect, it } from "vitest"
import { noMoments, update } from "../../../model/adamw.ts"
import { adaptation } from "../../../model/method.ts"
import { growth, residualOf } from "../../../model/methods/fira.ts"
import { projected } from "../../../model/methods/galore.ts"
import { squaresOf } from "../../../model/methods/projected-gradient.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState } from "../methods.ts"
import { micro } from "../shapes.ts"
import { optimizer } from "./training.ts"

const targets = ["attention", "swiglu"]
const galore = (rank: number, changes = {}): Extract<Method, { kind: "galore" }> => ({
  kind: "galore",
  rank,
  scale: 0.25,
  momentsAtRefresh: "keep",
  targets,
  ...changes
})
const fira = (rank: number, changes = {}): Extract<Method, { kind: "fira" }> => ({
  ...galore(rank),
  kind: "fira",
  residual: "paper",
  scaling: "column",
  limiter: true,
  ...changes
})
const plain = { ...optimizer, weightDecay: 0 }
// One tall, one wide: (24, 16) and (16, 24)
const layers = ["layers.0.swiglu.w_0", "layers.0.swiglu.w_2"]
const sides = (name: string) => name.endsWith("w_0") ? [24, 16] as const : [16, 24] as const

const gradientAt = (name: string, step: number) =>
  stream(9, name, step).fillNormal(new Float32Array(24 * 16)).map((value) => 0.01 * value)

/** Updates one layer by steps of its own gradients; gives its values after each. */
const steps = (
  method: Method,
  name: string,
  count: number,
  state: TrainingState,
  refreshAt: ReadonlyArray<number> = []
) => {
  const adapted = adaptation(method)
  return Array.from({ length: count }, (_, at) => {
    const gradients = new Map([[name, gradientAt(name, at + 1)]])
    adapted.update!({ name, state, gradients, step: at + 1, learningRate: 0.1, optimizer: plain })
    if (refreshAt.includes(at + 1)) adapted.events["refresh"]!(state, at + 1)
    return tensorOf(state, name).values.slice()
  })
}
const difference = (a: Float32Array, b: Float32Array) => Float64Array.from(a, (value, at) => value - b[at]!)

describe.each(layers)("GaLore of %s", (name) => {
  const [rows, columns] = sides(name)

  it("changes the weight by no more rank than its subspace has, until that is renewed", () => {
    const state = initialState(micro, galore(3))
    const start = tensorOf(state, name).values.slice()
    const after = steps(galore(3), name, 6, state, [3])
    const rank = (a: Float32Array, b: Float32Array) => {
      const sigma = singularValues(difference(a, b), rows, columns)
      return sigma.filter((value) => value > 1e-5 * sigma[0]!).length
    }
    expect(rank(after[2]!, start)).toBe(3)
    expect(rank(after[5]!, after[2]!)).toBe(3)
    expect(rank(after[5]!, start)).toBe(6)
  })

  it("holds in its first subspace the best part of the first gradient", () => {
    const state = initialState(micro, galore(4))
    const found = projected({
      name,
      state,
      gradients: new Map([[name, gradientAt(name, 1)]]),
      step: 1,
      learningRate: 1,
      optimizer: plain
    }, galore(4))
    const sigma = singularValues(gradientAt(name, 1), rows, columns)
    expect(squaresOf(found.inside.values)).toBeCloseTo(squaresOf(sigma.slice(0, 4)), 8)
  })

  it("with the whole space as its basis is Adam, times its scale", () => {
    const method = galore(16)
    const state = initialState(micro, method)
    tensorOf(state, `${name}.projection`).values = Float32Array.from({ length: 256 }, (_, at) => at % 17 === 0 ? 1 : 0)
    tensorOf(state, `${name}.refresh`).values[0] = 0
    const expected = tensorOf(state, name).values.slice()
    const moments = noMoments(expected.length)
    const found = steps(method, name, 4, state).at(-1)!
    for (let step = 1; step <= 4; step++) update(expected, gradientAt(name, step), moments, 0.25 * 0.1, plain)
    for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at]!, 6)
  })

  it("keeps moments at a renewal, or carries the first one over, as it is told", () => {
    const moment = (momentsAtRefresh: "keep" | "rotate") => {
      const method = galore(16, { momentsAtRefresh })
      const state = initialState(micro, method)
      steps(method, name, 2, state, [2])
      const before = tensorOf(state, name).moments!.expAvg.slice()
      // The next step adds nothing of its own.
      adaptation(method).update!({
        name,
        state,
        gradients: new Map([[name, gradientAt(name, 3)]]),
        step: 3,
        learningRate: 0.1,
        optimizer: { ...plain, beta1: 1 - 1e-9 }
      })
      return { before, after: tensorOf(state, name).moments!.expAvg }
    }
    const kept = moment("keep"), carried = moment("rotate")
    for (const [at, value] of kept.after.entries()) expect(value).toBeCloseTo(kept.before[at]!, 6)
    // Of the whole space nothing is lost in another basis.
    expect(squaresOf(carried.after)).toBeCloseTo(squaresOf(carried.before), 6)
    expect(carried.after).not.toEqual(carried.before)
  })
})

describe.each(layers)("Fira of %s", (name) => {
  it("with the whole space is GaLore: the subspace leaves nothing out", () => {
    const [one, other] = [initialState(micro, fira(16)), initialState(micro, galore(16))]
    const found = steps(fira(16), name, 4, one).at(-1)!, expected = steps(galore(16), name, 4, other).at(-1)!
    for (const [at, value] of found.entries()) expect(value).toBeCloseTo(expected[at]!, 4)
  })

  it("lets the residual's norm grow by 1 % a step at most", () => {
    const method = fira(3, { scaling: "none" })
    const state = initialState(micro, method)
    const norms = Array.from({ length: 6 }, (_, at) => {
      const gradients = new Map([[name, gradientAt(name, at + 1).map((value) => value * 3 ** at)]])
      adaptation(method).update!({ name, state, gradients, step: at + 1, learningRate: 0.1, optimizer: plain })
      return tensorOf(state, `${name}.limiter`).values[0]!
    })
    // Gradients grow threefold a step.
    expect(norms[0]).toBeGreaterThan(0)
    for (const [at, norm] of norms.entries()) if (at > 0) expect(norm / norms[at - 1]!).toBeCloseTo(growth, 5)
  })

  it("takes off the gradient its projection, or as the official code does only a share of it", () => {
    const state = initialState(micro, fira(3))
    const found = projected({
      name,
      state,
      gradients: new Map([[name, gradientAt(name, 1)]]),
      step: 1,
      learningRate: 1,
      optimizer: plain
    }, fira(3))
    const projection = found.lifted(found.inside).values
    const paper = residualOf(found, fira(3, { scaling: "none" }))
    const official = residualOf(found, fira(3, { scaling: "none", residual: "official" }))
    for (const [at, value] of paper.entries()) {
      expect(value).toBeCloseTo(gradientAt(name, 1)[at]! - projection[at]!, 7)
      expect(official[at]).toBeCloseTo(value + 0.75 * projection[at]!, 7)
    }
    // The residual has nothing in the subspace.
    const dot = paper.reduce((sum, value, at) => sum + value * projection[at]!, 0)
    expect(Math.abs(dot)).toBeLessThan(1e-6 * squaresOf(projection))
  })
})
