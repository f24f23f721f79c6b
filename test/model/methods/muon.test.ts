import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { newtonSchulz } from "../../../model/methods/muon.ts"
import { squaresOf } from "../../../model/methods/projected-gradient.ts"
import { tensorOf } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { singularValues } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState } from "../methods.ts"
import { micro } from "../shapes.ts"

describe("Newton and Schulz's iteration", () => {
  it.each([[24, 16], [16, 24], [16, 16]])("takes singular values of %i×%i into a band about 1", (rows, columns) => {
    const values = stream(3, rows, columns).fillNormal(new Float32Array(rows * columns))
    const before = singularValues(values, rows, columns)
    const norm = Math.sqrt(squaresOf(values))
    const after = singularValues(newtonSchulz({ rows, columns, values }, 5), rows, columns)
    const reached = before.filter((sigma) => sigma / norm >= 0.01).length
    expect(reached).toBeGreaterThan(10)
    for (const sigma of after.slice(0, reached)) {
      expect(sigma).toBeGreaterThan(0.67)
      expect(sigma).toBeLessThan(1.21)
    }
  })

  it("does the same to a matrix and to its transpose", () => {
    const values = stream(4, "m").fillNormal(new Float32Array(24 * 16))
    const turned = Float32Array.from(values, (_, at) => values[(at % 24) * 16 + Math.floor(at / 24)]!)
    const one = newtonSchulz({ rows: 24, columns: 16, values }, 5)
    const other = newtonSchulz({ rows: 16, columns: 24, values: turned }, 5)
    for (let i = 0; i < 24; i++) for (let j = 0; j < 16; j++) expect(other[j * 24 + i]).toBeCloseTo(one[i * 16 + j]!, 5)
  })
})

describe("Muon", () => {
  const method: Method = {
    kind: "muon",
    momentum: 0.95,
    iterations: 5,
    otherRate: 0.5,
    targets: ["attention", "swiglu"]
  }
  const optimizer = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 }
  const step = (name: string) => {
    const state = initialState(micro, method)
    const before = tensorOf(state, name).values.slice()
    const gradient = stream(5, name).fillNormal(new Float32Array(before.length))
    adaptation(method).update!({
      name,
      state,
      gradients: new Map([[name, gradient]]),
      step: 1,
      learningRate: 0.2,
      optimizer
    })
    return { before, after: tensorOf(state, name).values, gradient, momentum: state.get(`${name}.momentum`)?.values }
  }

  it.each([["layers.0.swiglu.w_0", 24, 16], ["layers.0.swiglu.w_2", 16, 24]])(
    "moves %s by its orthogonalised Nesterov momentum, larger where it is tall, and decays it",
    (name, rows, columns) => {
      const { after, before, gradient, momentum } = step(name)
      for (const [at, value] of momentum!.entries()) expect(value).toBeCloseTo(0.05 * gradient[at]!, 6)
      const nesterov = gradient.map((g) => 0.05 * g + 0.95 * 0.05 * g)
      const O = newtonSchulz({ rows, columns, values: nesterov }, 5)
      const size = Math.sqrt(Math.max(1, rows / columns))
      for (const [at, value] of after.entries()) {
        expect(value).toBeCloseTo(before[at]! - 0.2 * (size * O[at]! + 0.1 * before[at]!), 5)
      }
    }
  )

  it("leaves the rest to AdamW at its own rate", () => {
    const { after, before, gradient } = step("embedding_proj")
    // The first step of AdamW is the sign of the gradient.
    for (const [at, value] of after.entries()) {
      expect(value).toBeCloseTo(before[at]! - 0.1 * (Math.sign(gradient[at]!) + 0.1 * before[at]!), 4)
    }
  })
})
