import { describe, expect, it } from "vitest"
import { proportionalEffectiveRank, statistics } from "../../../stages/spectra/statistics.ts"

describe("proportional effective rank", () => {
  it("is 1 for equal singular values, whatever their size", () => {
    for (const sigma of [1, 1e-30, 1e30]) expect(proportionalEffectiveRank(Array(7).fill(sigma))).toBeCloseTo(1, 14)
  })

  it("is r/n for r equal ones and zeros: 0·ln 0 is 0", () => {
    expect(proportionalEffectiveRank([2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0])).toBeCloseTo(3 / 12, 14)
  })

  it("of two is exp of the binary entropy, halved", () => {
    expect(proportionalEffectiveRank([3, 1])).toBeCloseTo(Math.exp(0.75 * Math.log(4 / 3) + 0.25 * Math.log(4)) / 2, 14)
  })
})

describe("statistics", () => {
  it("gives extremes, their ratio and the Frobenius norm", () => {
    expect(statistics([4, 3, 2], 0)).toMatchObject({ conditionNumber: 2, sigmaMax: 4, sigmaMin: 2 })
    expect(statistics([4, 3], 0).frobenius).toBeCloseTo(5, 14)
    expect(statistics([4e200, 3e200], 0).frobenius / 1e200).toBeCloseTo(5, 14)
  })

  it("has an infinite condition number where σ_min is 0", () => {
    expect(statistics([1, 0], 0).conditionNumber).toBe(Infinity)
  })

  it("takes a second condition number to the last singular value above the floor", () => {
    expect(statistics([8, 4, 2, 1], 1)).toMatchObject({
      conditionNumber: 8,
      numericalRank: 3,
      conditionNumberOfRank: 4
    })
    expect(statistics([8, 4], 1)).toMatchObject({ numericalRank: 2, conditionNumberOfRank: 2 })
  })

  it("is undefined for a zero matrix: NaN, not 0 and not 1", () => {
    expect(statistics([0, 0, 0], 0)).toEqual({
      proportionalEffectiveRank: NaN,
      effectiveRankOfBound: NaN,
      conditionNumber: NaN,
      numericalRank: 0,
      conditionNumberOfRank: NaN,
      sigmaMax: 0,
      sigmaMin: 0,
      zeros: 3,
      frobenius: 0,
      nuclear: 0
    })
  })

  it("refuses an empty matrix", () => {
    expect(() => statistics([], 0)).toThrow("empty")
  })
})
