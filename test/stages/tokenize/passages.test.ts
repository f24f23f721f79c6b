import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { gutenbergDocuments } from "../../../stages/tokenize/gutenberg.ts"
import { passagesOf } from "../../../stages/tokenize/passages.ts"
import { gutenbergFiles } from "../../../stages/tokenize/sources.ts"
import type { Tokenizer } from "../../../stages/tokenize/tokenizer.ts"
import { countWords, train } from "../../../stages/tokenize/trainer.ts"

const alice = gutenbergFiles().find(({ name }) => name === "carroll-alice.txt")!
const chapters = gutenbergDocuments(alice.name, readFileSync(alice.path), 0)
let tokenizer: Tokenizer
beforeAll(() => {
  const counts = new Map<string, number>()
  for (const { text } of chapters) countWords(text, counts)
  tokenizer = train(counts, 1000)
})

describe("passages", () => {
  it.each([128, 512])("of %i ids hold the whole document in order and are about equally long", (limit) => {
    for (const { text } of chapters) {
      const passages = passagesOf(text, tokenizer, limit)
      const texts = passages.map((ids) => tokenizer.decode(ids))
      // Between two passages is white space, or nothing within a sentence.
      expect(texts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""))
      for (const passage of texts) expect(text).toContain(passage)
      // Passages of 512 ids end with paragraphs: Alice's are shorter.
      if (limit === 512) expect(texts.join("\n\n")).toBe(text)
      for (const ids of passages) {
        expect(ids.length).toBeLessThanOrEqual(limit)
        if (limit === 512) expect([...tokenizer.encode(tokenizer.decode(ids))]).toEqual([...ids])
      }
      const lengths = passages.map(({ length }) => length)
      const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
      expect(mean / limit).toBeGreaterThan(0.6)
      if (limit === 512) expect(Math.min(...lengths) / Math.max(...lengths)).toBeGreaterThan(0.4)
    }
  })

  it("end with sentences where a paragraph is too long, and into equal pieces where a sentence is", () => {
    const sentences = Array.from({ length: 30 }, (_, i) => `Alice was number ${i} at the table.`)
    const texts = passagesOf(sentences.join(" "), tokenizer, 64).map((ids) => tokenizer.decode(ids))
    expect(texts.length).toBeGreaterThan(2)
    expect(texts.join(" ")).toBe(sentences.join(" "))
    const endless = "rabbit ".repeat(300).trim()
    const cut = passagesOf(endless, tokenizer, 64)
    const lengths = cut.map(({ length }) => length)
    expect(Math.max(...lengths)).toBeLessThanOrEqual(64)
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1)
    expect(lengths.length).toBe(Math.ceil(tokenizer.encode(endless).length / 64))
    expect(cut.map((ids) => tokenizer.decode(ids)).join("")).toBe(endless)
  })

  it("end with lines where a sentence of verse is too long", () => {
    const verse = Array.from({ length: 40 }, (_, i) => `the rabbit ran ${"on and ".repeat(i % 4)}on`).join("\n")
    const texts = passagesOf(verse, tokenizer, 64).map((ids) => tokenizer.decode(ids))
    expect(texts.length).toBeGreaterThan(3)
    expect(texts.join("\n")).toBe(verse)
  })

  it("of a text without an id to predict are none", () => {
    expect(passagesOf("", tokenizer, 512)).toEqual([])
    expect(passagesOf("a", tokenizer, 512)).toEqual([])
  })
})
