import { describe, expect, it } from "vitest"
import { counterparts } from "../../../stages/report/counterparts.ts"
import * as published from "../../../stages/report/published.ts"

describe("published figures", () => {
  it("have the parameter counts of their shapes", () => {
    for (
      const { heads, hidden, kvHeads, layers, parameters, reloraTotal, reloraTrained, vocabulary, width } of published
        .models
    ) {
      const kv = (width / heads) * kvHeads
      const linear = layers * (2 * width * width + 2 * width * kv + 3 * width * hidden)
      const other = 2 * vocabulary * width + (2 * layers + 1) * width
      expect(parameters).toBe(linear + other)
      const adapters = 16 * layers * (2 * 2 * width + 2 * (width + kv) + 3 * (width + hidden))
      expect(reloraTotal).toBe(parameters + adapters)
      expect(reloraTrained).toBe(other + adapters)
    }
  })

  it("cover the tokens they state", () => {
    const { batchSize, sequenceLength, steps, tokens } = published.scale
    expect(batchSize * sequenceLength * steps).toBe(tokens)
  })

  it("start both methods of a size from the same weights once the baselines' labels are exchanged", () => {
    for (const { component, conditionNumber, per, size } of published.weights) {
      const other = published.weights.filter((series) => series.component === component && series.size === size)
      for (const series of other) {
        expect(series.per[0]).toBe(per[0])
        expect(series.conditionNumber[0]).toBe(conditionNumber[0])
      }
    }
  })

  it("have a condition number for every effective rank", () => {
    for (const { conditionNumber, per } of [...published.weights, ...published.updates]) {
      expect(conditionNumber).toHaveLength(per.length)
    }
    for (const size of ["tiny", "small"] as const) {
      expect(published.merges[size].before).toHaveLength(published.mergeSteps.length)
      expect(published.merges[size].after).toHaveLength(published.mergeSteps.length)
    }
  })

  it("average to the published overall accuracy", () => {
    const paradigms = [2, 7, 7, 5, 8, 2, 7, 2, 8, 7, 4, 2, 6]
    const overall = published.blimp.find(({ phenomenon }) => phenomenon === "overall")!
    const phenomena = published.blimp.filter(({ phenomenon }) => phenomenon !== "overall")
    for (const size of ["tiny", "small"] as const) {
      for (const method of [0, 1] as const) {
        const sum = phenomena.reduce((total, row, index) => total + row[size][method] * paradigms[index]!, 0)
        expect(sum / 67).toBeCloseTo(overall[size][method], 1)
      }
    }
  })
})

describe("counterparts", () => {
  it("stand by order of parameters", () => {
    const sizes = [{ size: "b", parameters: 500 }, { size: "c", parameters: 900 }, { size: "a", parameters: 100 }]
    expect([...counterparts(sizes)]).toEqual([["a", "tiny"], ["b", "small"]])
  })

  it("are exact where a size has the published number of parameters", () => {
    const sizes = [{ size: "test", parameters: 100 }, { size: "mine", parameters: 64_595_328 }]
    expect([...counterparts(sizes)]).toEqual([["mine", "small"]])
  })
})
