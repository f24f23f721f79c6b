import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  byParadigm,
  logLikelihood,
  overallAccuracy,
  perplexity,
  phenomenonAccuracies
} from "../../../stages/evaluate/scoring.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const reference = join(shared, "blimp", "reference", "models_summary.jsonl")
const missing = existsSync(reference) ? "" : ` (skipped: no ${reference})`

const pair = (paradigm: string, good: number, bad: number, identical = false) => ({
  suite: "generated",
  phenomenon: paradigm.slice(0, 1),
  paradigm,
  good,
  bad,
  identical
})

describe("log-likelihood", () => {
  it("sums the scored tokens without rounding to single precision", () => {
    const values = Float32Array.from({ length: 100_000 }, () => -0.1)
    expect(logLikelihood(values)).toBeCloseTo(100_000 * Math.fround(-0.1), 6)
    expect(logLikelihood(new Float32Array(0))).toBe(0)
  })
})

describe("minimal pairs", () => {
  const scores = byParadigm([
    pair("a1", -10, -12),
    pair("b1", -1, -2),
    pair("a1", -12, -10),
    pair("a1", -5, -5),
    pair("a1", -7, -7, true),
    pair("a2", -3, -4)
  ])

  it("count as right only where the good sentence is strictly likelier", () => {
    expect(scores).toEqual([
      { suite: "generated", phenomenon: "a", paradigm: "a1", pairs: 4, correct: 1, ties: 2, identical: 1 },
      { suite: "generated", phenomenon: "b", paradigm: "b1", pairs: 1, correct: 1, ties: 0, identical: 0 },
      { suite: "generated", phenomenon: "a", paradigm: "a2", pairs: 1, correct: 1, ties: 0, identical: 0 }
    ])
  })

  it("keep the suites apart", () => {
    const other = { ...pair("a1", 0, 0), suite: "blimp" }
    expect(byParadigm([pair("a1", 0, 0), other]).map(({ pairs, suite }) => [suite, pairs])).toEqual([
      ["generated", 1],
      ["blimp", 1]
    ])
  })

  it("average by paradigm whatever their numbers of pairs", () => {
    expect([...phenomenonAccuracies(scores)]).toEqual([["a", 0.625], ["b", 1]])
    expect(overallAccuracy(scores)).toBe(0.75)
    expect(overallAccuracy([])).toBeNaN()
  })

  it("of a model that has diverged are wrong and no ties", () => {
    expect(byParadigm([pair("a1", NaN, NaN)])[0]).toMatchObject({ pairs: 1, correct: 0, ties: 0 })
  })

  it.skipIf(missing !== "")(`average as BLiMP's authors do${missing}`, () => {
    const rows = readFileSync(reference, "utf8").trim().split("\n").map((line) => JSON.parse(line))
    for (const [model, expected] of [["ngram", 61.24], ["lstm", 69.81], ["txl", 69.63], ["gpt2", 83.02]] as const) {
      const scores = rows.filter(({ UID }) => UID !== "overall").map((row) => ({
        phenomenon: row.linguistics_term as string,
        correct: row[model] as number,
        pairs: 1
      }))
      expect(scores).toHaveLength(67)
      expect(100 * overallAccuracy(scores), model).toBeCloseTo(expected, 2)
    }
  })
})

const published = join(shared, "published", "blimp.csv")
const noTable = existsSync(published) && existsSync(reference) ? "" : ` (skipped: no ${published} or ${reference})`

describe(`published accuracies${noTable}`, () => {
  it.skipIf(noTable !== "")("average to the published figures by phenomenon and overall", () => {
    const terms = new Map(
      readFileSync(reference, "utf8").trim().split("\n").map((line) => JSON.parse(line))
        .map(({ UID, linguistics_term }) => [UID as string, linguistics_term as string])
    )
    const scores = readFileSync(published, "utf8").trim().split("\n").map((line) => line.split(","))
      .filter((row) => row[0] === "small" && row[1] === "relora" && row[2] === "20000")
      .map((row) => ({ phenomenon: terms.get(row[3]!)!, correct: Number(row[4]), pairs: 1 }))
    const percent = (phenomenon: string) => 100 * phenomenonAccuracies(scores).get(phenomenon)!
    expect(percent("anaphor_agreement")).toBeCloseTo(69.3, 2)
    expect(percent("npi_licensing")).toBeCloseTo(47.67, 2)
    expect(percent("subject_verb_agreement")).toBeCloseTo(61.43, 2)
    expect(100 * overallAccuracy(scores)).toBeCloseTo(63.08, 2)
  })
})

describe("perplexity", () => {
  const even = new Float32Array(10).fill(Math.log(0.5))
  const short = new Float32Array(2).fill(Math.log(0.125))

  it("of equal tokens is their inverse probability", () => {
    const { meanOfTexts, nats, texts, tokens, tokenWeighted } = perplexity([even])
    expect([texts, tokens]).toEqual([1, 10])
    expect(nats).toBeCloseTo(10 * Math.LN2, 5)
    expect(tokenWeighted).toBeCloseTo(2, 5)
    expect(meanOfTexts).toBeCloseTo(2, 5)
  })

  it("weighs tokens in one definition and texts in the other", () => {
    const { meanOfTexts, tokenWeighted } = perplexity([even, short])
    expect(tokenWeighted).toBeCloseTo(2 ** (16 / 12), 5)
    expect(meanOfTexts).toBeCloseTo((2 + 8) / 2, 5)
  })

  it("refuses a text without a scored token", () => {
    expect(() => perplexity([even, new Float32Array(0)])).toThrow("text 1 has no scored token")
  })
})
