import { describe, expect, it } from "vitest"
import { initialise } from "../../model/parameters.ts"
import { scorer } from "../../model/score.ts"
import { stream } from "../../tensor/random.ts"
import { micro } from "./shapes.ts"

const weights = initialise(micro, 3)
const numbers = stream(2, "sequences")
const sequences = [5, 30, 2, 9, 130, 1, 5].map((length) =>
  Int32Array.from({ length }, () => numbers.below(micro.vocabulary))
)

describe("a scorer", () => {
  it("gives each token after the first its log-probability, whatever the batch", async () => {
    const model = scorer(micro, weights, { engine: "onnx", threads: 1 })
    const together = await model.logProbabilities(sequences)
    expect(together.map(({ length }) => length)).toEqual([4, 29, 1, 8, 129, 0, 4])
    for (const [i, sequence] of sequences.entries()) {
      const [alone] = await model.logProbabilities([sequence])
      alone!.forEach((value, at) => expect(value).toBeCloseTo(together[i]![at]!, 5))
    }
    await model.dispose()
  })

  it("depends on what comes before a token and on nothing after", async () => {
    const model = scorer(micro, weights, { engine: "onnx", threads: 1 })
    const [sequence] = [sequences[1]!]
    const changed = sequence.with(20, (sequence[20]! + 1) % micro.vocabulary)
    const [a, b] = await model.logProbabilities([sequence, changed]) as [Float32Array, Float32Array]
    expect(b.subarray(0, 19)).toEqual(a.subarray(0, 19))
    expect(b.subarray(20)).not.toEqual(a.subarray(20))
    await model.dispose()
  })

  it("agrees between engines, and sums to one over the vocabulary", async () => {
    const continuations = Array.from({ length: micro.vocabulary }, (_, token) => Int32Array.of(3, 1, token))
    const sums = []
    for (const engine of ["onnx", "reference"]) {
      const model = scorer(micro, weights, { engine, threads: 1 })
      const found = await model.logProbabilities(continuations)
      sums.push(found.map((values) => values[1]!))
      await model.dispose()
    }
    const [onnx, reference] = sums as [Array<number>, Array<number>]
    onnx.forEach((value, token) => expect(value).toBeCloseTo(reference[token]!, 5))
    expect(onnx.reduce((sum, value) => sum + Math.exp(value), 0)).toBeCloseTo(1, 5)
  })

  it("refuses tokens outside the vocabulary", async () => {
    const model = scorer(micro, weights, { engine: "onnx", threads: 1 })
    await expect(model.logProbabilities([Int32Array.of(1, 32)])).rejects.toThrow("token 32")
  })
})
