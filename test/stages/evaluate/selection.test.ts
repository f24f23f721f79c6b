import { describe, expect, it } from "vitest"
import { parameters } from "../../../model/parameters.ts"
import { fromRows } from "../../../schemas/table.ts"
import { Checkpoint, Files, Pairs, Texts } from "../../../schemas/tables.ts"
import { effectiveWeights, forwardWeights } from "../../../stages/checkpoint/forward-weights.ts"
import { domainsOf, scoredPairs, spread, tokenizerOf } from "../../../stages/evaluate/selection.ts"
import { train } from "../../../stages/tokenize/trainer.ts"

const shape = {
  width: 4,
  hidden: 6,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  vocabulary: 257,
  ropeTheta: 1e4,
  normEpsilon: 1e-6
}

const rows = parameters(shape).flatMap(({ name, shape }) =>
  ["effective", "base"].map((part, value) => ({
    name,
    part,
    shape: shape.join("x"),
    data: new Uint8Array(new Float32Array(shape.reduce((a, b) => a * b)).fill(value + 1).buffer)
  }))
)

describe("weights", () => {
  it("are the effective ones, by the model's names", () => {
    const weights = effectiveWeights(fromRows(Checkpoint, rows), shape)
    expect([...weights.keys()]).toEqual(parameters(shape).map(({ name }) => name))
    for (const values of weights.values()) expect(new Set(values)).toEqual(new Set([1]))
  })

  it("of another model are refused by name", () => {
    const without = rows.filter(({ name, part }) => !(name === "output_norm" && part === "effective"))
    expect(() => effectiveWeights(fromRows(Checkpoint, without), shape)).toThrow("no effective weights of output_norm")
    expect(() => effectiveWeights(fromRows(Checkpoint, rows), { ...shape, hidden: 8 })).toThrow(
      "swiglu.w_0 of the checkpoint is 6x4 and the model wants 8x4"
    )
  })

  it("of a layer without an effective weight are its factors, which are no effective weights", () => {
    const layer = "layers.0.swiglu.w_0"
    const factor = (part: string, height: number, width: number) => ({
      name: layer,
      part,
      shape: `${height}x${width}`,
      data: new Uint8Array(new Float32Array(height * width).buffer)
    })
    const others = rows.filter(({ name }) => name !== layer)
    const table = fromRows(Checkpoint, [...others, factor("product", 6, 4), factor("A", 2, 4), factor("B", 6, 2)])
    const weights = forwardWeights(table, shape)
    expect(weights.has(layer)).toBe(false)
    expect([weights.get(`${layer}.A`)!.length, weights.get(`${layer}.B`)!.length]).toEqual([8, 12])
    expect(() => effectiveWeights(table, shape)).toThrow(`${layer} has no effective weight`)
  })
})

describe("texts", () => {
  it("are spread evenly from the first on", () => {
    expect(spread([..."abcdefghij"], 3)).toEqual(["a", "d", "g"])
    expect(spread([..."abcdefghij"], 5)).toEqual(["a", "c", "e", "g", "i"])
    expect(spread([..."ab"], 5)).toEqual(["a", "b"])
  })

  it("are chosen by source and domain, and left out where nothing can be scored", () => {
    const lengths = [["fiction", 3], ["fiction", 1], ["fiction", 6], ["legal", 1], ["fiction", 2]] as const
    const table = fromRows(
      Texts,
      lengths.flatMap(([domain, length], text) =>
        Array.from({ length }, (_, token) => ({ source: "s", domain, text, token: 10 * text + token }))
      )
    )
    const shown = (limit?: number) =>
      domainsOf(table, limit).map(({ domain, texts, tooShort }) => [domain, texts.map((text) => [...text]), tooShort])
    expect(shown(2)).toEqual([["fiction", [[0, 1, 2], [20, 21, 22, 23, 24, 25]], 1], ["legal", [], 1]])
    expect(shown()[0]![1]).toHaveLength(3)
    const renamed = { ...table, source: Array.from(table.text, (text) => `s${text % 2}`) }
    expect(domainsOf(renamed).map(({ domain, source }) => [source, domain])).toEqual([
      ["s0", "fiction"],
      ["s1", "fiction"],
      ["s1", "legal"]
    ])
  })
})

describe("pairs", () => {
  it("are the first of each generated paradigm and all of BLiMP", () => {
    const pairs = fromRows(
      Pairs,
      ["generated", "blimp"].flatMap((suite) =>
        [0, 1, 2].map((pair) => ({ suite, phenomenon: "", paradigm: "p", pair, good: "", bad: "" }))
      )
    )
    expect(scoredPairs(pairs, 2)).toEqual([0, 1, 3, 4, 5])
  })
})

describe("the tokenizer", () => {
  const file = (text: string, path = "tokenizer.json") =>
    fromRows(Files, [{ path, content: new TextEncoder().encode(text) }])

  it("encodes sentences whatever its end-of-text token is called", () => {
    const json = train(new Map(), 257).toJson()
    const renamed = json.replaceAll("<|endoftext|>", "</s>")
    for (const text of [json, renamed]) expect([...tokenizerOf(file(text)).encode("No")]).toHaveLength(2)
  })

  it("is called for by name", () => {
    expect(() => tokenizerOf(file("{}", "vocab.json"))).toThrow("no tokenizer.json, only vocab.json")
  })
})
