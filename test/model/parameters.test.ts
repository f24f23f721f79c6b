import { describe, expect, it } from "vitest"
import { count, initialise, parameters } from "../../model/parameters.ts"
import { micro, small, tiny } from "./shapes.ts"

describe("the models of the study", () => {
  it("have the published numbers of parameters", () => {
    expect(count(parameters(tiny))).toBe(11_282_784)
    expect(count(parameters(small))).toBe(64_595_328)
    // The family's larger two, about 181 and 570 million.
    expect(count(parameters({ ...small, width: 768, hidden: 3072 }))).toBe(181_095_168)
    expect(count(parameters({ ...small, width: 1536, hidden: 6144 }))).toBe(569_808_384)
  })
})

describe("initialise", () => {
  it("draws linear layers from U(±1/√in), embeddings from N(0, 1), norms as ones", () => {
    const weights = initialise({ ...micro, vocabulary: 4096, hidden: 300 }, 1)
    const variance = (name: string) => weights.get(name)!.reduce((sum, x) => sum + x * x, 0) / weights.get(name)!.length
    expect(variance("embedding_proj")).toBeCloseTo(1, 1)
    const w2 = weights.get("layers.0.swiglu.w_2")!
    expect(Math.max(...w2)).toBeLessThanOrEqual(1 / Math.sqrt(300))
    expect(Math.max(...w2)).toBeGreaterThan(0.98 / Math.sqrt(300))
    expect(variance("layers.0.swiglu.w_2")).toBeCloseTo(1 / 300 / 3, 3)
    expect(new Set(weights.get("output_norm"))).toEqual(new Set([1]))
  })

  it("gives a tensor the same values whatever else the model holds", () => {
    const shallow = initialise(micro, 1)
    const deep = initialise({ ...micro, layers: 3 }, 1)
    for (const [name, values] of shallow) expect(deep.get(name)).toEqual(values)
    expect(initialise(micro, 2).get("layers.0.attention.q_proj")).not.toEqual(shallow.get("layers.0.attention.q_proj"))
  })
})
