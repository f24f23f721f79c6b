import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { elements, parameters } from "../../model/parameters.ts"
import { scorer } from "../../model/score.ts"
import { ModelShape } from "../../schemas/model.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../shared/data", import.meta.url).pathname
const checkpoint = `${shared}/stories260k/stories260K.bin`

interface Reference {
  readonly greedy: { readonly ids: ReadonlyArray<number>; readonly sum_nll: number }
  readonly sentences: ReadonlyArray<{
    readonly ids: ReadonlyArray<number>
    readonly sum_logprob_after_bos: number
    readonly sum_logprob_without_bos: number
  }>
}

/** llama2.c's "version 0" file: seven int32, then float32 tensors by kind; the output layer is the embedding. */
const readCheckpoint = (path: string) => {
  const bytes = readFileSync(path)
  const [width, hidden, layers, heads, kvHeads, vocabulary] = new Int32Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + 28)
  ) as never as [number, number, number, number, number, number]
  const shape = ModelShape.parse({ width, hidden, layers, heads, kvHeads, vocabulary, normEpsilon: 1e-5 })
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset + 28, bytes.byteOffset + bytes.length))
  const sizes = new Map(parameters(shape).map((parameter) => [parameter.name, elements(parameter.shape)]))
  const weights = new Map<string, Float32Array>()
  let at = 0
  const take = (name: string) => {
    const size = sizes.get(name)!
    weights.set(name, values.slice(at, at + size))
    at += size
  }
  take("embedding_proj")
  const kinds = ["attention_norm", "attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj"]
  for (const kind of [...kinds, "swiglu_norm", "swiglu.w_0", "swiglu.w_2", "swiglu.w_1"]) {
    for (let layer = 0; layer < layers; layer++) take(`layers.${layer}.${kind}`)
  }
  take("output_norm")
  return { shape, weights }
}

describe("a real checkpoint, stories260K", () => {
  it.skipIf(!existsSync(checkpoint))("scores text as an independent float64 program does", async () => {
    const reference = JSON.parse(readFileSync(`${shared}/stories260k/reference.json`, "utf8")) as Reference
    const { shape, weights } = readCheckpoint(checkpoint)
    const sum = (values: Float32Array | undefined) => values!.reduce((total, value) => total + value, 0)
    const model = scorer(shape, weights, { engine: "onnx", threads: 1, tied: true })
    const [greedy, ...found] = await model.logProbabilities([
      Int32Array.from(reference.greedy.ids),
      ...reference.sentences.flatMap(({ ids }) => [Int32Array.from(ids), Int32Array.from(ids.slice(1))])
    ])
    await model.dispose()
    expect(sum(greedy)).toBeCloseTo(-reference.greedy.sum_nll, 2)
    for (const [i, sentence] of reference.sentences.entries()) {
      expect(sum(found[2 * i])).toBeCloseTo(sentence.sum_logprob_after_bos, 3)
      expect(sum(found[2 * i + 1])).toBeCloseTo(sentence.sum_logprob_without_bos, 3)
    }
  })
})
