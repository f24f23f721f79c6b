import { beforeEach, describe, expect, it, vi } from "vitest"
import { parameters } from "../../../model/parameters.ts"
import type { scorer } from "../../../model/score.ts"
import { fromRows, toRows } from "../../../schemas/table.ts"
import { Accuracy, Checkpoint, Files, HeldOut, Pairs, Perplexity, Scores, Texts } from "../../../schemas/tables.ts"
import { body } from "../../../stages/evaluate/body.ts"
import { evaluate } from "../../../stages/evaluate/stage.ts"
import { train } from "../../../stages/tokenize/trainer.ts"
import { runBody } from "../run-body.ts"

const double = vi.hoisted(() => ({
  scorer: undefined as unknown as typeof scorer,
  scored: [] as Array<ReadonlyArray<Int32Array>>,
  disposed: 0
}))
vi.mock("../../../model/score.ts", () => ({ scorer: ((...given) => double.scorer(...given)) satisfies typeof scorer }))

const shape = { width: 4, hidden: 6, layers: 1, heads: 2, kvHeads: 1, vocabulary: 257 }
const tokenizer = train(new Map(), 257)
const [unlikely] = tokenizer.encode("*")

/** A model by which every token has probability 1/2, and an asterisk 1/8. */
beforeEach(() => {
  double.scored = []
  double.disposed = 0
  double.scorer = () => ({
    logProbabilities: async (sequences) => {
      double.scored.push(sequences)
      return sequences.map((tokens) =>
        Float32Array.from(tokens.subarray(1), (token) => Math.log(token === unlikely ? 1 / 8 : 1 / 2))
      )
    },
    dispose: async () => void (double.disposed += 1)
  })
})

const config = {
  step: 7,
  model: shape,
  sequenceLength: 16,
  stride: null,
  textsPerDomain: 2,
  pairsPerParadigm: 3,
  startToken: null
}
const pair = (suite: string, paradigm: string, pair: number, good: string, bad: string) => ({
  suite,
  phenomenon: `about ${paradigm}`,
  paradigm,
  pair,
  good,
  bad
})
const texts = [["verse", "ab"], ["fiction", "a***"], ["fiction", "a"], ["fiction", "abcdefghijklmnopqrst"]] as const

const inputs = {
  checkpoint: fromRows(
    Checkpoint,
    parameters(evaluate.config.shape.model.parse(shape)).map(({ name, shape }) => ({
      name,
      part: "effective",
      shape: shape.join("x"),
      data: new Uint8Array(4 * shape.reduce((a, b) => a * b))
    }))
  ),
  heldout: [{
    labels: {},
    value: fromRows(
      HeldOut,
      texts.flatMap(([domain, content], text) =>
        Array.from(tokenizer.encode(content), (token) => ({ domain, text, token }))
      )
    )
  }],
  texts: [],
  tokenizer: fromRows(Files, [{ path: "tokenizer.json", content: new TextEncoder().encode(tokenizer.toJson()) }]),
  pairs: fromRows(Pairs, [
    pair("generated", "one", 0, "good.", "b*d.."),
    pair("generated", "one", 1, "g**d.", "bad.."),
    pair("generated", "one", 2, "good.", "even."),
    pair("generated", "one", 3, "not", "scored"),
    pair("blimp", "two", 999, "same.", "same."),
    // The first token is not scored.
    pair("blimp", "two", 5, "*ood.", "bad.*")
  ])
}

describe("the evaluate stage", () => {
  it("counts right pairs, ties and identical sentences by paradigm", async () => {
    const { outputs } = await runBody(evaluate, body, config, inputs)
    expect(toRows(Accuracy, outputs.accuracy)).toEqual([
      {
        step: 7,
        suite: "generated",
        phenomenon: "about one",
        paradigm: "one",
        pairs: 3,
        correct: 1,
        ties: 1,
        identical: 0
      },
      { step: 7, suite: "blimp", phenomenon: "about two", paradigm: "two", pairs: 2, correct: 1, ties: 1, identical: 1 }
    ])
  })

  it("measures perplexity by domain on texts cut to the sequence length", async () => {
    const { outputs } = await runBody(evaluate, body, config, inputs)
    const [verse, fiction] = toRows(Perplexity, outputs.perplexity)
    expect(verse).toMatchObject({ step: 7, source: "held-out", domain: "verse", texts: 1, tokens: 1 })
    expect(verse!.token_weighted).toBeCloseTo(2, 6)
    expect(fiction).toMatchObject({ step: 7, domain: "fiction", texts: 2, tokens: 3 + 15 })
    expect(fiction!.nats).toBeCloseTo((3 * 3 + 15) * Math.LN2, 5)
    expect(fiction!.token_weighted).toBeCloseTo(2 ** (24 / 18), 5)
    expect(fiction!.mean_of_texts).toBeCloseTo((8 + 2) / 2, 5)
  })

  it("keeps every pair's two log-likelihoods", async () => {
    const { outputs } = await runBody(evaluate, body, config, inputs)
    const rows = toRows(Scores, outputs.scores)
    expect(rows.map(({ pair, paradigm, suite }) => [suite, paradigm, pair])).toEqual([
      ["generated", "one", 0],
      ["generated", "one", 1],
      ["generated", "one", 2],
      ["blimp", "two", 999],
      ["blimp", "two", 5]
    ])
    expect(rows[0]!.good).toBeCloseTo(-4 * Math.LN2, 5)
    expect(rows[0]!.bad).toBeCloseTo(-6 * Math.LN2, 5)
  })

  it("scores first tokens, too, after a start token", async () => {
    const { outputs } = await runBody(evaluate, body, { ...config, startToken: "<|endoftext|>" }, inputs)
    const rows = toRows(Scores, outputs.scores)
    expect(rows[0]!.good).toBeCloseTo(-5 * Math.LN2, 5)
    // "*ood." and "bad.*": without a start token the first is the likelier one.
    expect(rows[4]!.good).toBe(rows[4]!.bad)
    await expect(runBody(evaluate, body, { ...config, startToken: "<s>" }, inputs)).rejects.toThrow(
      "the tokenizer has no token \"<s>\""
    )
  })

  it("reads longer texts in windows where a stride is set, and texts of other sources whole", async () => {
    const encoded = ["b", "abcdefghijklmnopqrstuvwxy*", "ab"].map((content) => [...tokenizer.encode(content)])
    const texts = fromRows(
      Texts,
      encoded.flatMap((ids, text) => ids.map((token) => ({ source: "s", domain: text === 2 ? "e" : "d", text, token })))
    )
    const given = { ...inputs, texts: [{ labels: {}, value: texts }] }
    const { outputs } = await runBody(evaluate, body, { ...config, stride: 4 }, given)
    const rows = toRows(Perplexity, outputs.perplexity)
    expect(rows.map(({ domain, source, texts, tokens }) => [source, domain, texts, tokens])).toEqual([
      ["held-out", "verse", 1, 1],
      ["held-out", "fiction", 2, 3 + 19],
      ["s", "d", 1, 25],
      ["s", "e", 1, 1]
    ])
    expect(rows[2]!.nats).toBeCloseTo((24 + 3) * Math.LN2, 5)
    const lengths = double.scored.flat().map(({ length }) => length)
    expect(lengths.filter((length) => length > 6)).toEqual([14, 16, 16, 16, 16, 16])
  })

  it("scores a sentence once, the short ones first, and reports the tokens done", async () => {
    const { progress } = await runBody(evaluate, body, config, inputs)
    const lengths = double.scored.flat().map(({ length }) => length)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
    // Three texts, and good. b*d.. g**d. bad.. even. same. *ood. bad.* once each.
    expect(lengths).toHaveLength(3 + 8)
    const total = lengths.reduce((sum, length) => sum + length, 0)
    expect(progress.at(-1)).toEqual({ done: total, total, unit: "tokens", figures: { "texts too short": 1 } })
  })

  it("lets go of the scorer when it is interrupted or fails", async () => {
    const signal = AbortSignal.abort(new Error("interrupted"))
    await expect(runBody(evaluate, body, config, inputs, signal)).rejects.toThrow("interrupted")
    expect(double.disposed).toBe(1)
  })
})
