import { describe, expect, it } from "vitest"
import { initialise, parameters } from "../../model/parameters.ts"
import { scorer } from "../../model/score.ts"
import { stream } from "../../tensor/random.ts"
import { plainLogProbabilities } from "./plain-decoder.ts"
import { micro, tiny } from "./shapes.ts"

/** Weights of every kind random and large enough for each part of the model to be seen in the result. */
const randomWeights = (scale: number) =>
  new Map(
    parameters(micro).map(({ kind, name, shape }) => {
      const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
      const [low, high] = kind === "norm" ? [0.5, 1.5] : [-0.6, 0.6]
      stream(9, name).fillUniform(values, low, high)
      return [name, name === "embedding_proj" ? values.map((value) => value * scale) : values]
    })
  )

/** More tokens than one run of queries. */
const numbers = stream(3, "tokens")
const tokens = Int32Array.from({ length: 72 }, () => numbers.below(micro.vocabulary))

describe("the decoder", () => {
  // Embeddings of a thousandth let the norm's epsilon be seen.
  it.each([1, 1e-3])("agrees with plain loops in float64 (embeddings times %f)", async (scale) => {
    const weights = randomWeights(scale)
    const model = scorer(micro, weights, { engine: "onnx", threads: 1 })
    const [found] = await model.logProbabilities([tokens])
    await model.dispose()
    const expected = plainLogProbabilities(micro, weights, tokens)
    expect(found!.length).toBe(expected.length)
    const errors = expected.map((value, at) => Math.abs(value - found![at]!))
    expect(Math.max(...errors)).toBeLessThan(2e-4)
  })

  it("of the study's tiny size starts at the loss of PyTorch's default weights, ln V + 1/6", async () => {
    // Normalised inputs and U(±1/√d) weights make logits of variance 1/3, and ln mean exp of such is 1/6.
    const model = scorer(tiny, initialise(tiny, 42), { engine: "onnx", threads: 1 })
    const among = stream(6, "tokens of the whole vocabulary")
    const [found] = await model.logProbabilities([Int32Array.from({ length: 129 }, () => among.below(tiny.vocabulary))])
    await model.dispose()
    const loss = -found!.reduce((sum, value) => sum + value, 0) / found!.length
    expect(Math.abs(loss - (Math.log(tiny.vocabulary) + 1 / 6))).toBeLessThan(0.1)
  })
})
