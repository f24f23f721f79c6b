/** Models from elsewhere, read from their formats: what is wrong with a file is said, and nothing is lost on the way. */
import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { initialise, parameters } from "../../../model/parameters.ts"
import { decode, encode } from "../../../model/safetensors.ts"
import { scorer } from "../../../model/score.ts"
import { fromHuggingFace, huggingFaceName, shapeOfConfig, toHuggingFace } from "../../../stages/import/hugging-face.ts"
import { readLlama2c } from "../../../stages/import/llama2c.ts"
import { ScoredTokenizer } from "../../../stages/tokenize/scored-tokenizer.ts"
import { folder, present, reference } from "../../fixtures/stories260k.ts"
import { micro } from "../../model/shapes.ts"

interface Known {
  readonly sentences: ReadonlyArray<{
    readonly text: string
    readonly ids: ReadonlyArray<number>
    readonly sum_logprob_after_bos: number
    readonly sum_logprob_without_bos: number
  }>
  readonly logits_after_bos: { readonly first8: ReadonlyArray<number>; readonly logsumexp: number }
}

const weights = initialise(micro, 5)
const tokens = { context: 128, endOfText: 0 }

/** A file of safetensors as Hugging Face writes it, and its config.json. */
const exported = (given = weights, shape = micro) => {
  const { config, tensors } = toHuggingFace(given, shape, tokens)
  return { config, file: Buffer.concat(encode(tensors)) }
}

describe("safetensors in Hugging Face's form", () => {
  it("come back as they went, bit for bit", () => {
    const { config, file } = exported()
    const about = shapeOfConfig(config)
    expect(about).toEqual({ shape: micro, tied: false })
    const back = fromHuggingFace(decode(file), about)
    expect([...back.keys()]).toEqual(parameters(micro).map(({ name }) => name))
    for (const [name, values] of back) expect(values, name).toEqual(weights.get(name))
  })

  it("hold queries and keys in the other order of a head's rows", () => {
    const { tensors } = toHuggingFace(weights, micro, tokens)
    const [K, D] = [micro.width / micro.heads, micro.width]
    const ours = weights.get("layers.0.attention.q_proj")!
    const theirs = tensors.get("model.layers.0.self_attn.q_proj.weight")!.data
    // The second of the first pair stands half a head after the first.
    expect(theirs.subarray(0, D)).toEqual(ours.subarray(0, D))
    expect(theirs.subarray(K / 2 * D, (K / 2 + 1) * D)).toEqual(ours.subarray(D, 2 * D))
  })

  it("may share the embedding, and may be of half precision", () => {
    const { config, tensors } = toHuggingFace(weights, micro, tokens)
    const without = new Map(tensors)
    without.delete("lm_head.weight")
    const tied = shapeOfConfig(config.replace("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true"))
    expect(fromHuggingFace(without, tied).get("de_embedding_proj")).toEqual(weights.get("embedding_proj"))
    expect(() => fromHuggingFace(without, shapeOfConfig(config))).toThrow("hold no lm_head.weight")

    const header = Buffer.from(JSON.stringify({
      a: { dtype: "BF16", shape: [3], data_offsets: [0, 6] },
      b: { dtype: "F16", shape: [5], data_offsets: [6, 16] }
    }))
    const halves = Uint16Array.of(0x3f80, 0xc0a0, 0x7f80, 0x3c00, 0xc500, 0x0001, 0xfc00, 0x7bff)
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    const found = decode(Buffer.concat([length, header, Buffer.from(halves.buffer)]))
    expect([...found.get("a")!.data]).toEqual([1, -5, Infinity])
    expect([...found.get("b")!.data]).toEqual([1, -5, 2 ** -24, -Infinity, 65504])
  })

  it("are refused where the decoder differs, or a tensor does, by name", () => {
    const { config, file } = exported()
    const changed = (change: object) => () => shapeOfConfig(JSON.stringify({ ...JSON.parse(config), ...change }))
    expect(changed({ model_type: "gpt2" })).toThrow("model_type is \"gpt2\"")
    expect(changed({ attention_bias: true })).toThrow("attention_bias is true")
    expect(changed({ rope_scaling: { rope_type: "llama3" } })).toThrow("rotary embeddings are scaled")
    expect(changed({ head_dim: 99 })).toThrow("head_dim 99")
    expect(changed({ hidden_size: undefined })).toThrow("no model's shape: width")
    expect(changed({ rope_theta: undefined, rope_parameters: { rope_theta: 5 } })().shape.ropeTheta).toBe(5)
    const wide = { ...shapeOfConfig(config), shape: { ...micro, hidden: micro.hidden + 1 } }
    expect(() => fromHuggingFace(decode(file), wide)).toThrow(huggingFaceName("layers.0.swiglu.w_0"))
    expect(() => decode(file.subarray(0, file.length - 1))).toThrow("cut off")
    expect(() => decode(file.subarray(0, 20))).toThrow("not a safetensors file")
  })
})

describe("llama2.c's files", () => {
  it("that are none are refused", () => {
    expect(() => readLlama2c(new Uint8Array(10))).toThrow("header of 28 bytes")
    expect(() => readLlama2c(new Uint8Array(100))).toThrow("no model's shape")
    expect(() => new ScoredTokenizer(new Uint8Array(7))).toThrow("not a llama2.c tokenizer")
  })
})

describe.skipIf(!present)("stories260K", () => {
  const known = () => reference() as unknown as Known
  const model = () => readLlama2c(readFileSync(`${folder}/stories260K.bin`))

  it("is refused where its file is cut", () => {
    expect(() => readLlama2c(readFileSync(`${folder}/stories260K.bin`).subarray(0, -4))).toThrow("1056540 bytes")
  })

  it("has its known tokens", () => {
    const tokenizer = new ScoredTokenizer(readFileSync(`${folder}/tok512.bin`))
    for (const { ids, text } of known().sentences) expect([1, ...tokenizer.encode(text)]).toEqual(ids)
    expect(tokenizer.idOf("\n<s>\n")).toBe(1)
    // A character that is no piece is its bytes, whose ids begin at 3.
    expect([...tokenizer.encode("漢")].slice(-3)).toEqual([0xe6 + 3, 0xbc + 3, 0xa2 + 3])
    expect(tokenizer.encode("")).toHaveLength(0)
  })

  it.each(["llama2.c", "safetensors"])("read from %s has its known logits and log-probabilities", async (format) => {
    const read = model()
    const { config, file } = exported(read.weights, read.shape)
    const about = shapeOfConfig(config)
    const given = format === "llama2.c" ? read : { ...about, weights: fromHuggingFace(decode(file), about) }
    const scoring = scorer(given.shape, given.weights, { engine: "onnx", threads: 1 })
    const { logits_after_bos: { first8, logsumexp }, sentences } = known()
    const firsts = await scoring.logProbabilities(first8.map((_, token) => Int32Array.of(1, token)))
    first8.forEach((logit, token) => expect(firsts[token]![0]! + logsumexp).toBeCloseTo(logit, 4))
    const sums = (await scoring.logProbabilities(
      sentences.flatMap(({ ids }) => [Int32Array.from(ids), Int32Array.from(ids.slice(1))])
    )).map((values) => values.reduce((sum, value) => sum + value, 0))
    await scoring.dispose()
    for (const [at, sentence] of sentences.entries()) {
      expect(sums[2 * at]).toBeCloseTo(sentence.sum_logprob_after_bos, 3)
      expect(sums[2 * at + 1]).toBeCloseTo(sentence.sum_logprob_without_bos, 3)
    }
  })
})
