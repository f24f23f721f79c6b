import { describe, expect, it } from "vitest"
import { entries } from "../../../stages/spectra/entries.ts"

describe("entries", () => {
  it("alike are neither unequal nor sparse, whatever their signs and size", () => {
    for (const size of [1, 1e-200, 1e200]) {
      const { gini, hoyer, maxAbs } = entries(Float64Array.of(size, -size, size, size))
      expect(maxAbs).toBe(size)
      expect(gini).toBeCloseTo(0, 15)
      expect(hoyer).toBeCloseTo(0, 15)
    }
  })

  it("of which one is not zero are as unequal and sparse as can be", () => {
    const { gini, hoyer } = entries(Float32Array.of(0, 0, -3, 0, 0))
    expect(gini).toBeCloseTo(4 / 5, 15)
    expect(hoyer).toBeCloseTo(1, 15)
  })

  it("1, 2, 3, 4 by hand", () => {
    // Gini: (−3·1 − 1·2 + 1·3 + 3·4) / (4·10); Hoyer: (2 − 10/√30) / (2 − 1)
    expect(entries(Float64Array.of(4, -1, 3, 2)).gini).toBeCloseTo(10 / 40, 15)
    expect(entries(Float64Array.of(4, -1, 3, 2)).hoyer).toBeCloseTo(2 - 10 / Math.sqrt(30), 15)
  })

  it("that are all zero have no sparsity, and Gini 0", () => {
    expect(entries(new Float32Array(3))).toEqual({ maxAbs: 0, gini: 0, hoyer: NaN })
  })
})
