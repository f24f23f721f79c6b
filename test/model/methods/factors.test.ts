/** Methods without a full matrix: LORO, SLTrain and CoLA. */
import { describe, expect, it } from "vitest"
import { adaptation } from "../../../model/method.ts"
import { plusProduct } from "../../../model/methods/adapter-product.ts"
import { times, transposed } from "../../../model/methods/factored.ts"
import { exactStep } from "../../../model/methods/loro.ts"
import { supportOf } from "../../../model/methods/sltrain.ts"
import { count } from "../../../model/parameters.ts"
import { tensorOf } from "../../../model/state.ts"
import type { Method } from "../../../schemas/model.ts"
import { singularValues, singularVectors } from "../../../tensor/kernels/singular-values.ts"
import { stream } from "../../../tensor/random.ts"
import { initialState, weightOf } from "../methods.ts"
import { micro } from "../shapes.ts"
import { train } from "./training.ts"

const draw = (name: string, rows: number, columns: number) => ({
  shape: [rows, columns] as const,
  values: Float64Array.from(stream(6, name).fillNormal(new Float32Array(rows * columns)))
})
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.sqrt(Array.from(a).reduce((sum, x, at) => sum + (x - b[at]!) ** 2, 0))

describe("LORO's exact step", () => {
  const [m, r, n, rate] = [13, 3, 9, 0.2]
  const a = draw("a", r, n), b = draw("b", m, r), g = draw("g", m, n)
  const ofA = times(transposed(b.values, m, r), g.values, r, m, n)
  const ofB = times(g.values, transposed(a.values, r, n), m, n, r)
  const found = exactStep(a, b, ofA, ofB, rate)

  it("is the weight moved along the tangent space and cut to its rank", () => {
    const w = plusProduct(undefined, a, b, 1)
    const { left, right } = singularVectors(w, m, n)
    const u = transposed(left.slice(0, r * m), r, m), v = right.slice(0, r * n) // (m, r), (r, n)
    const uug = times(u, times(left.slice(0, r * m), g.values, r, m, n), m, r, n)
    const gvv = (of: ArrayLike<number>) => times(times(of, transposed(v, r, n), m, n, r), v, m, r, n)
    const tangent = gvv(g.values).map((value, at) => value + uug[at]! - gvv(uug)[at]!)
    const moved = w.map((value, at) => value - rate * tangent[at]!)
    const { left: l, right: t, sigma } = singularVectors(moved, m, n)
    const scaled = l.slice(0, r * m).map((value, at) => value * sigma[Math.floor(at / m)]!)
    const expected = times(transposed(scaled, r, m), t.slice(0, r * n), m, r, n)
    expect(distance(times(found.b, found.a, m, r, n), expected)).toBeLessThan(1e-10 * sigma[0]!)
  })

  it("leaves balanced factors", () => {
    const ofLeft = times(transposed(found.b, m, r), found.b, r, m, r)
    expect(distance(ofLeft, times(found.a, transposed(found.a, r, n), r, n, r))).toBeLessThan(1e-10)
  })

  it("is made by the step after its event alone, which zeroes the moments before", async () => {
    const method: Method = {
      kind: "loro",
      rank: 3,
      exactGradient: "gradient",
      factorRate: 1,
      momentsAtExact: "zero",
      targets: ["attention", "swiglu"],
      seed: 7
    }
    const { state } = await train(method, { last: 3, events: { 2: "exact" } })
    const layer = "layers.0.attention.q_proj"
    expect(tensorOf(state, `${layer}.exact`).values[0]).toBe(0)
    expect(tensorOf(state, `${layer}.A`).moments!.step).toBe(0)
    expect(tensorOf(state, "output_norm").moments!.step).toBe(1)
  })
})

describe("SLTrain", () => {
  const method: Extract<Method, { kind: "sltrain" }> = {
    kind: "sltrain",
    rank: 2,
    alpha: 4,
    density: 0.1,
    targets: ["attention", "swiglu"],
    seed: 7
  }
  const layer = "layers.0.swiglu.w_0"

  it("has r(m + n) + δmn parameters a layer", () => {
    const own = adaptation(method).tensors(micro).filter(({ name }) => name.startsWith(layer))
    expect(count(own)).toBe(2 * (24 + 16) + Math.round(0.1 * 24 * 16))
  })

  it("trains the sparse matrix on its support alone, which is spread over the matrix and follows from the seed", async () => {
    const { state } = await train(method, { last: 4 })
    const support = supportOf(layer, [24, 16], method)
    expect(new Set(support).size).toBe(38)
    const { base } = adaptation(method).parts(state, layer)
    expect([...base!.keys()].filter((at) => base![at] !== 0)).toEqual([...support])
    expect(supportOf(layer, [24, 16], { ...method, seed: 8 })).not.toEqual(support)
    const half = support.filter((at) => at < 192).length
    expect(Math.abs(half - 19)).toBeLessThan(5 * Math.sqrt(38 / 4))
  })

  it("may have a weight of full rank, where the product alone has not", async () => {
    const dense = { ...method, density: 0.5 }
    const { effective } = weightOf(dense, initialState(micro, dense), layer)
    const sigma = singularValues(effective, 24, 16)
    expect(sigma.at(-1)).toBeGreaterThan(1e-4 * sigma[0]!)
  })
})
