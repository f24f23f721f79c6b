import { readFileSync } from "node:fs"
import { beforeAll, describe, expect, it } from "vitest"
import { gutenbergDocuments } from "../../../stages/tokenize/gutenberg.ts"
import { passagesOf, passagesOfRow } from "../../../stages/tokenize/passages.ts"
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
  it("hold the whole document in order, end with paragraphs, and are about equally long", () => {
    for (const { text } of chapters) {
      const passages = passagesOf(text, tokenizer)
      const texts = passages.map((ids) => tokenizer.decode(ids))
      expect(texts.join("\n\n")).toBe(text)
      for (const ids of passages) {
        expect(ids.length).toBeLessThanOrEqual(512)
        expect([...tokenizer.encode(tokenizer.decode(ids))]).toEqual([...ids])
      }
      const lengths = passages.map(({ length }) => length)
      expect(Math.min(...lengths) / Math.max(...lengths)).toBeGreaterThan(0.4)
    }
  })

  it("end with sentences where a paragraph is too long, and at the limit where a sentence is", () => {
    const sentences = Array.from({ length: 30 }, (_, i) => `Alice was number ${i} at the table.`)
    const texts = passagesOf(sentences.join(" "), tokenizer, 64).map((ids) => tokenizer.decode(ids))
    expect(texts.length).toBeGreaterThan(2)
    expect(texts.join(" ")).toBe(sentences.join(" "))
    const endless = "rabbit ".repeat(300).trim()
    const cut = passagesOf(endless, tokenizer, 64)
    expect(cut.every(({ length }) => length <= 64)).toBe(true)
    expect(cut.map((ids) => tokenizer.decode(ids)).join("")).toBe(endless)
  })

  it("of a text without an id to predict are none", () => {
    expect(passagesOf("", tokenizer)).toEqual([])
    expect(passagesOf("a", tokenizer)).toEqual([])
  })

  it("of a packed row are its documents, cut at the limit", () => {
    const row = Int32Array.from([5, 6, 0, 7, 8, 9, 10, 11, 0, 12])
    expect(passagesOfRow(row, 0, 3).map((ids) => [...ids])).toEqual([[5, 6], [7, 8, 9], [10, 11]])
  })
})
