import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { remembered } from "../../../model/methods/subspace-muon.ts"
import { tensorOf, type TrainingState } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState } from "../methods.ts"
import { micro } from "../shapes.ts"
import { optimizer } from "./training.ts"

const common = { momentum: 0.95, iterations: 5, otherRate: 0.5, targets: ["attention", "swiglu"] }
const subspace = (rank: number, outside: number): Extract<Method, { kind: "subspace-muon" }> => ({
  kind: "subspace-muon",
  rank,
  outside,
  ...common
})
const gradientAt = (name: string, step: number) => stream(9, name, step).fillNormal(new Float32Array(24 * 16))

/** Updates one layer by steps of its own gradients, the subspace renewed after some; gives its change. */
const change = (
  method: Method,
  name: string,
  count: number,
  refreshAt: ReadonlyArray<number> = [],
  state: TrainingState = initialState(micro, method)
) => {
  const adapted = adaptation(method)
  const before = tensorOf(state, name).values.slice()
  for (let step = 1; step <= count; step++) {
    const gradients = new Map([[name, gradientAt(name, step)]])
    adapted.update!({ name, state, gradients, step, learningRate: 0.1, optimizer })
    if (refreshAt.includes(step)) adapted.events["refresh"]!(state, step)
  }
  return tensorOf(state, name).values.map((value, at) => value - before[at]!)
}

// One tall, one wide: (24, 16) and (16, 24)
describe.each([["layers.0.swiglu.w_0", 24, 16], ["layers.0.swiglu.w_2", 16, 24]] as const)(
  "%s",
  (name, rows, columns) => {
    it("is Muon, where the subspace is all and a gradient counts outside it as inside, over renewals too", () => {
      const muon = change({ kind: "muon", ...common }, name, 4)
      const own = change(subspace(16, 0.05), name, 4, [1, 3])
      for (const [at, value] of own.entries()) expect(value).toBeCloseTo(muon[at]!, 4)
    })

    it("takes steps of full rank with a memory of low rank, and of low rank where nothing outside counts", () => {
      // Without decay, which is of the weight's rank
      const step = (outside: number) => {
        const state = initialState(micro, subspace(3, outside))
        const { values } = remembered(
          { name, state, gradients: new Map([[name, gradientAt(name, 1)]]) },
          subspace(3, outside)
        )
        expect(tensorOf(state, `${name}.momentum`).values).toHaveLength(3 * 24)
        return singularValues(values, rows, columns)
      }
      const [whole, low] = [step(0.05), step(0)]
      expect(whole[15]).toBeGreaterThan(1e-3 * whole[0]!)
      expect(low[2]).toBeGreaterThan(0.1 * low[0]!)
      expect(low[3]).toBeLessThan(1e-6 * low[0]!)
    })

    it("forgets only what a new subspace leaves out", () => {
      const method = subspace(16, 0.05)
      const state = initialState(micro, method)
      change(method, name, 2, [2], state)
      const before = tensorOf(state, `${name}.momentum`).values.reduce((sum, value) => sum + value * value, 0)
      // A gradient of nothing but a direction: the basis turns, and holds all of the momentum still.
      const zero = new Float32Array(24 * 16)
      zero[5] = 1e-12
      remembered({ name, state, gradients: new Map([[name, zero]]) }, method)
      const after = tensorOf(state, `${name}.momentum`).values.reduce((sum, value) => sum + value * value, 0)
      expect(after / before).toBeCloseTo(0.95 ** 2, 4)
    })
  }
)
