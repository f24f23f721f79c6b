import fc from "fast-check"
import { readFileSync, writeFileSync } from "node:fs"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as huggingFace from "tokenizers"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { gutenbergFiles } from "../../../stages/tokenize/sources.ts"
import { countWords, learnMerges, train } from "../../../stages/tokenize/trainer.ts"
import type { WordCounts } from "../../../stages/tokenize/trainer.ts"

const folder = mkdtempSync(join(tmpdir(), "trainer-"))
afterAll(() => rmSync(folder, { recursive: true }))

/** Text in which pairs tie and tokens can be spelled in two ways more often than in prose. */
const ties = Array.from({ length: 400 }, (_, i) => "ab".repeat(i % 7) + "aaa".repeat(i % 5) + " " + (i * 7919) % 1000)
const sample = [
  readFileSync(gutenbergFiles().find(({ name }) => name === "carroll-alice.txt")!.path, "latin1"),
  "naïve café — “quotes” 日本語 🙂\n".repeat(3),
  ties.join("\n")
].join("\n")

/** Words as Hugging Face counts them in a file: line by line, each line with its end. */
const wordsByLine = (text: string): WordCounts => {
  const counts: WordCounts = new Map()
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) countWords(line, counts)
  return counts
}

interface Saved {
  readonly model: { readonly vocab: Record<string, number>; readonly merges: ReadonlyArray<[string, string]> }
}

describe("training", () => {
  let theirs: Saved
  beforeAll(() => {
    const text = join(folder, "sample.txt")
    writeFileSync(text, sample)
    const tokenizer = new huggingFace.Tokenizer(huggingFace.BPE.empty())
    tokenizer.setPreTokenizer(huggingFace.byteLevelPreTokenizer(false))
    tokenizer.train([text])
    tokenizer.save(join(folder, "tokenizer.json"))
    theirs = JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")) as Saved
  })

  it("learns the merges that Hugging Face's trainer learns, in the same order", () => {
    const { merges } = learnMerges(wordsByLine(sample), 30_000, [])
    const expected = theirs.model.merges.map(([left, right]) => `${left} ${right}`)
    expect(expected.length).toBeGreaterThan(2000)
    expect(merges.map(([left, right]) => `${left} ${right}`)).toEqual(expected)
  })

  it("stops at the size asked for: the same merges, fewer", () => {
    const large = learnMerges(wordsByLine(sample), 2048, [])
    const small = learnMerges(wordsByLine(sample), 1024, [])
    expect(large.tokens.length).toBe(2048)
    expect(small.tokens.length).toBe(1024)
    expect(large.merges.slice(0, small.merges.length)).toEqual(small.merges)
  })

  it("encodes as the same tokenizer.json does in Hugging Face's encoder", async () => {
    const tokenizer = train(wordsByLine(sample), 1500)
    const reference = huggingFace.Tokenizer.fromString(tokenizer.toJson())
    const texts = [
      ...sample.split("\n\n").slice(0, 200),
      sample,
      "<|endoftext|>after<|endoftext|>",
      "\u0085\ufeff\u00a0 x"
    ]
    for (const text of texts) {
      const encoding = await reference.encode(text, null, { addSpecialTokens: false })
      expect([...tokenizer.encode(text)]).toEqual(encoding.getIds())
    }
  })

  it("twice gives the same file, whatever the order of the words", () => {
    const counts = wordsByLine(sample)
    const reversed = new Map([...counts].reverse())
    expect(train(reversed, 1000).toJson()).toBe(train(counts, 1000).toJson())
  })

  it("numbers bytes first, then the end-of-text token, then merges", () => {
    const tokenizer = train(wordsByLine(sample), 300)
    expect(tokenizer.vocabularySize).toBe(300)
    expect(tokenizer.endOfText).toBe(256)
    const ids = Array.from({ length: 256 }, (_, id) => id)
    expect(new Set(ids.map((id) => tokenizer.decode([id]))).has("a")).toBe(true)
    expect(tokenizer.decode([256])).toBe("<|endoftext|>")
  })

  it("has fewer ids where no pair is left", () => {
    expect(train(new Map([["ab", 3], ["abc", 1]]), 1000).vocabularySize).toBe(256 + 1 + 2)
  })

  it("spells every text, seen or not", () => {
    const tokenizer = train(wordsByLine(sample), 700)
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
      }),
      { seed: 1, numRuns: 500 }
    )
  })
})
