import { describe, expect, it } from "vitest"
import { jumpOf } from "../../../model/jump.ts"
import { adaptation, eventsOf } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { directionOf } from "../../../model/methods/by-vector.ts"
import { least } from "../../../model/methods/srlora.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { Arm } from "../../../schemas/study.ts"
import { singularValues, singularVectors } from "../../../tensor/kernels/singular-values.ts"
import { bareState, initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { optimizer, train } from "./training.ts"

const srlora = (changes = {}): Extract<Method, { kind: "srlora" }> => ({
  kind: "srlora",
  rank: 3,
  alpha: 6,
  dropout: 0,
  targets: ["attention", "swiglu"],
  seed: 7,
  basis: "initial",
  fuseShare: 1 / 3,
  score: "product",
  smoothing: 0.85,
  ...changes
})
const layer = "layers.1.swiglu.w_1"
const [out, into] = [24, 16]
const drawn = tensorOf(bareState(micro), layer).values
const { left, right, sigma } = singularVectors(drawn, out, into)
const valuesOf = (state: TrainingState, part: string) => tensorOf(state, `${layer}.${part}`).values
const direction = (state: TrainingState, factor: "A" | "B", i: number) => {
  const tensor = tensorOf(state, `${layer}.${factor}`)
  const { count, start, stride } = directionOf(tensor, factor, i)
  return Array.from({ length: count }, (_, k) => tensor.values[start + k * stride]!)
}
const fuse = (state: TrainingState, method = srlora()) => adaptation(method).events["fuse"]!(state, 1)
/** Index of the singular direction of the drawn weight along which direction i of the pair lies. */
const indexOf = (state: TrainingState, i: number): number => {
  const [a, b] = [direction(state, "A", i), direction(state, "B", i)]
  return sigma.findIndex((value, j) => {
    const along = (vector: ReadonlyArray<number>, vectors: Float64Array) =>
      vector.reduce((sum, x, k) => sum + x * vectors[j * vector.length + k]!, 0)
    return Math.abs(along(a, right) * along(b, left) - value / 2) < 1e-5
  })
}

describe("SRLoRA", () => {
  it("begins along the leading singular directions, with the weight as it was", () => {
    const state = initialState(micro, srlora())
    expect([0, 1, 2].map((i) => indexOf(state, i))).toEqual([0, 1, 2])
    const [a, b] = [tensorOf(state, `${layer}.A`), tensorOf(state, `${layer}.B`)]
    const whole = plusProduct(tensorOf(state, layer).values, a, b, 2)
    for (const [at, value] of whole.entries()) expect(value).toBeCloseTo(drawn[at]!, 6)
    // What is left has the rest of the singular values.
    const rest = singularValues(tensorOf(state, layer).values, out, into)
    for (let j = 0; j < into - 3; j++) expect(rest[j]).toBeCloseTo(sigma[j + 3]!, 5)
  })

  it("gives each direction of the weight to the pair once, in order, until none is left", () => {
    const state = initialState(micro, srlora())
    const used = [0, 1, 2]
    for (let event = 0; event < 20; event++) {
      const before = [0, 1, 2].map((i) => direction(state, "A", i).join())
      const { jump } = jumpOf(state, micro, adaptation(srlora()).parts, () => fuse(state))
      expect(jump).toBeLessThan(1e-6)
      const changed = [0, 1, 2].filter((i) => direction(state, "A", i).join() !== before[i])
      used.push(...changed.map((i) => indexOf(state, i)))
    }
    expect(used).toEqual(Array.from({ length: into }, (_, j) => j))
    expect(valuesOf(state, "next")[0]).toBe(into)
  })

  it("takes new directions of the weight as it now is, where its basis is current", async () => {
    const method = srlora({ basis: "current" })
    const { state } = await train(method, { last: 4 })
    const whole = weightOf(method, state, layer).effective.slice()
    const now = singularVectors(whole, out, into)
    fuse(state, method)
    const lengths = [0, 1, 2].map((i) => [direction(state, "A", i), direction(state, "B", i)] as const).map(([a, b]) =>
      Math.abs(
        a.reduce((sum, x, k) => sum + x * now.right[3 * into + k]!, 0) *
          b.reduce((sum, x, k) => sum + x * now.left[3 * out + k]!, 0)
      )
    )
    expect(Math.max(...lengths)).toBeCloseTo(now.sigma[3]! / 2, 5)
    expect(state.has(`${layer}.A.spare`)).toBe(false)
  })

  it("fuses what matters least; of equal ones the first", () => {
    expect(least([3, 1, 2, 1], 3)).toEqual([1, 3, 2])
    const fusedOf = (importance: ReadonlyArray<number>) => {
      const state = initialState(micro, srlora())
      for (const factor of ["A", "B"] as const) {
        const [sensitivity, variation] = ["sensitivity", "variation"].map((what) =>
          valuesOf(state, `${factor}.${what}`)
        )
        variation!.fill(1)
        importance.forEach((value, i) => {
          const { count, start, stride } = directionOf(tensorOf(state, `${layer}.${factor}`), factor, i)
          for (let k = 0; k < count; k++) sensitivity![start + k * stride] = value
        })
      }
      fuse(state)
      return [0, 1, 2].filter((i) => indexOf(state, i) > 2)
    }
    expect(fusedOf([1, 1, 1])).toEqual([0])
    expect(fusedOf([3, 1, 2])).toEqual([1])
    expect(fusedOf([3, 2, 1])).toEqual([2])
  })

  it("forgets moments, counter and importance of what is fused, and of nothing else", async () => {
    const { state } = await train(srlora(), { last: 4 })
    const kept = valuesOf(state, "A.sensitivity").slice()
    fuse(state)
    const fused = [0, 1, 2].find((i) => valuesOf(state, "A.clock")[i] === 0)!
    for (const factor of ["A", "B"] as const) {
      const tensor = tensorOf(state, `${layer}.${factor}`)
      const parts = [
        tensor.moments!.expAvg,
        tensor.moments!.expAvgSq,
        valuesOf(state, `${factor}.sensitivity`),
        valuesOf(state, `${factor}.variation`)
      ]
      for (let i = 0; i < 3; i++) {
        const { count, start, stride } = directionOf(tensor, factor, i)
        for (const part of parts) {
          const some = Array.from({ length: count }, (_, k) => part[start + k * stride]!).some((value) => value !== 0)
          expect(some).toBe(i !== fused)
        }
        expect(valuesOf(state, `${factor}.clock`)[i]).toBe(i === fused ? 0 : 4)
      }
    }
    for (const [at, value] of valuesOf(state, "A.sensitivity").entries()) {
      if (Math.floor(at / into) !== fused) expect(value).toBe(kept[at])
    }
  })

  it("moves the weight by no more than two ranks for each direction that ever was in the pair", async () => {
    const { state } = await train(srlora(), { last: 6, events: { 2: "fuse", 4: "fuse" } })
    const { effective } = weightOf(srlora(), state, layer)
    const moved = singularValues(Float64Array.from(effective, (value, at) => value - drawn[at]!), out, into)
    // b·a − b'·a' for each: r + k·q of them
    expect(moved.filter((value) => value > 1e-5 * moved[0]!).length).toBe(2 * (3 + 2))
  })

  it("smooths |w·g|, and what it varies by", () => {
    const method = srlora({ smoothing: 0.75 })
    const state = initialState(micro, method)
    const name = `${layer}.A`
    const w = tensorOf(state, name).values[5]!
    const step = (g: number) =>
      adaptation(method).update!({
        name,
        state,
        gradients: new Map([[name, new Float32Array(3 * into).fill(g)]]),
        step: 1,
        learningRate: 0,
        optimizer
      })
    step(2)
    step(-4)
    const first = 0.25 * 2 * Math.abs(w), second = 0.75 * first + 0.25 * 4 * Math.abs(w)
    expect(valuesOf(state, "A.sensitivity")[5]).toBeCloseTo(second, 6)
    const varied = 0.25 * (2 * Math.abs(w) - first)
    expect(valuesOf(state, "A.variation")[5]).toBeCloseTo(0.75 * varied + 0.25 * (4 * Math.abs(w) - second), 6)
  })

  it("fuses at its steps, from the warm start to the last one that it is told", () => {
    const arm = Arm.parse({ method: "srlora", fuseEvery: 20, fuseUntil: 80, warmStartSteps: 10 })
    expect(eventsOf(arm, 0, 200).map(({ step }) => step)).toEqual([30, 50, 70])
    expect(eventsOf(arm, 30, 60).map(({ step }) => step)).toEqual([50])
  })
})
