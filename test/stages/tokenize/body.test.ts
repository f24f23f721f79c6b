import { parquetWriteFile } from "hyparquet-writer"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, describe, expect, it } from "vitest"
import type { Body, Progress } from "../../../pipeline/stage.ts"
import type { Columns } from "../../../schemas/table.ts"
import type { Documents, Files, HeldOut, Packed, Words } from "../../../schemas/tables.ts"
import { body } from "../../../stages/tokenize/body.ts"
import { isHeldOut } from "../../../stages/tokenize/document.ts"
import { domainFiles } from "../../../stages/tokenize/sources.ts"
import type { tokenize } from "../../../stages/tokenize/stage.ts"
import { Tokenizer } from "../../../stages/tokenize/tokenizer.ts"
import { train } from "../../../stages/tokenize/trainer.ts"

type IO = Body<typeof tokenize>
type Config = IO["config"]

interface Written {
  packed: Columns<typeof Packed>
  heldout: Columns<typeof HeldOut>
  tokenizer: Columns<typeof Files>
  documents: Columns<typeof Documents>
  words: Columns<typeof Words>
}

const folder = mkdtempSync(join(tmpdir(), "tokenize-"))
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, content: string | Uint8Array): { name: string; path: string } => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return { name, path }
}

const base: Config = {
  corpus: { source: "files", format: "jsonl", field: "text", heldOutFraction: 0.2 },
  tokenizer: { kind: "train", vocabulary: 300 },
  sequenceLength: 16,
  documentsPerBatch: 10,
  shuffleSeed: 1
}

const run = async (config: Partial<Config>, files: IO["files"]): Promise<Written & { progress: Array<Progress> }> => {
  const written: Partial<Written> = {}
  const progress: Array<Progress> = []
  const write = <K extends keyof Written>(name: K) => async (columns: Written[K]): Promise<void> => {
    written[name] = columns
  }
  await body({
    config: { ...base, ...config },
    read: {},
    paths: {},
    digests: {},
    write: {
      packed: write("packed"),
      heldout: write("heldout"),
      tokenizer: write("tokenizer"),
      documents: write("documents"),
      words: write("words")
    },
    files,
    progress: (step) => progress.push(step),
    threads: 1,
    acceptances: [],
    engine: "reference",
    signal: new AbortController().signal
  })
  return { ...written as Written, progress }
}

const sentences = Array.from(
  { length: 300 },
  (_, i) => `The ${["cat", "dog", "bird"][i % 3]} isn't number ${i}: it's \u2028 ${["here", "there"][i % 2]}.`
)
const lines = sentences.map((text) => JSON.stringify({ text })).join("\n")
const config = (format: "text" | "jsonl" | "parquet", field = "text", heldOutFraction = 0.2): Partial<Config> => ({
  corpus: { source: "files", format, field, heldOutFraction }
})
const parquet = (name: string, column: string, data: Array<unknown>): { name: string; path: string } => {
  const path = join(folder, name)
  parquetWriteFile({ filename: path, columnData: [{ name: column, data: data as Array<string> }], rowGroupSize: [100] })
  return { name, path }
}

describe("the tokenize stage", () => {
  it("packs the training split and holds the rest out, by name", async () => {
    const out = await run({}, { corpus: [file("corpus.jsonl", lines)] })
    const tokenizer = Tokenizer.fromJson(new TextDecoder().decode(out.tokenizer.content[0]))
    expect(out.tokenizer.path).toEqual(["tokenizer.json"])
    expect(tokenizer.vocabularySize).toBe(300)
    expect(out.documents.name).toEqual(sentences.map((_, i) => `corpus.jsonl:${i + 1}`))

    const heldOut = sentences.filter((_, i) => out.documents.split[i] === "held-out")
    expect(heldOut.length).toBeGreaterThan(30)
    expect(heldOut.length).toBeLessThan(90)
    const texts = heldOut.map((_, text) =>
      tokenizer.decode(out.heldout.token.filter((_, i) => out.heldout.text[i] === text))
    )
    expect(texts).toEqual(heldOut)
    expect(new Set(out.heldout.domain)).toEqual(new Set(["held-out"]))

    expect(out.packed.token.length % 17).toBe(0)
    const packed = tokenizer.decode(out.packed.token)
    const trained = sentences.filter((_, i) => out.documents.split[i] === "train")
    expect(trained.filter((text) => packed.includes(text)).length).toBeGreaterThan(0)
    for (const text of heldOut) expect(packed).not.toContain(text)
    expect(out.documents.tokens.every((tokens, i) => tokens === tokenizer.encode(sentences[i]!).length)).toBe(true)

    const words = new Map(out.words.word.map((word, i) => [word, out.words.count[i]]))
    expect(words.get("isn't")).toBe(trained.length)
    expect([...out.words.count]).toEqual([...out.words.count].sort((a, b) => b - a))
    expect(words.get("number")).toBe(trained.length)
    expect(out.progress.at(-1)).toMatchObject({ unit: "bytes" })
    expect(out.progress.at(-1)!.done).toBe(out.progress.at(-1)!.total)
  })

  it("trains the tokenizer on the training split: a word of held-out documents alone earns no merge", async () => {
    const files = sentences.map((text, i) => {
      const name = `split-${i}.txt`
      const heldOut = isHeldOut(name, 0.2)
      return file(name, `${text} ${(heldOut ? "zyzzyx " : "quaquaq ").repeat(50)}`)
    })
    const out = await run(config("text"), { corpus: files })
    expect(new Set(out.documents.split)).toEqual(new Set(["train", "held-out"]))
    const tokenizer = Tokenizer.fromJson(new TextDecoder().decode(out.tokenizer.content[0]))
    expect(tokenizer.encode("quaquaq").length).toBeLessThan(4)
    expect(tokenizer.encode("zyzzyx").length).toBe(6)
    expect(out.words.word).toContain("quaquaq")
    expect(out.words.word).not.toContain("zyzzyx")
  })

  it("gives the same tables twice", async () => {
    const files = { corpus: [file("corpus.jsonl", lines)] }
    const { progress: _, ...first } = await run({}, files)
    const { progress: __, ...second } = await run({}, files)
    expect(second).toEqual(first)
  })

  it("reads JSON lines, gzipped ones, and a column of Parquet alike", async () => {
    const plain = await run({}, { corpus: [file("same", lines)] })
    const gzipped = await run({}, { corpus: [{ ...file("same.gz", gzipSync(lines)), name: "same.gz" }] })
    const column = await run(config("parquet"), { corpus: [parquet("same.parquet", "text", sentences)] })
    expect(gzipped.documents.digest).toEqual(plain.documents.digest)
    expect(column.documents.digest).toEqual(plain.documents.digest)
    expect(column.documents.name[299]).toBe("same.parquet:299")
  })

  it("takes a text file as one document", async () => {
    const files = sentences.map((text, i) => file(`text-${i}.txt`, text))
    const out = await run(config("text"), { corpus: files })
    expect(out.documents.name).toEqual(files.map(({ name }) => name))
    expect(out.documents.characters[0]).toBe(sentences[0]!.length)
  })

  it("takes rows of token ids as they are, in their order", async () => {
    const rows = Array.from({ length: 250 }, (_, i) => Array.from({ length: 17 }, (_, j) => (i * 31 + j * 7) % 256))
    const given = file("tokenizer.json", train(new Map([["ab", 1]]), 258).toJson())
    const out = await run(
      { ...config("parquet", "input_ids"), tokenizer: { kind: "file", endOfText: "<|endoftext|>" } },
      { corpus: [parquet("rows.parquet", "input_ids", rows)], tokenizer: [given] }
    )
    const trained = rows.filter((_, i) => out.documents.split[i] === "train")
    expect(trained.length).toBeGreaterThan(150)
    expect([...out.packed.token]).toEqual(trained.flat())
    expect(out.packed.row.at(-1)).toBe(trained.length - 1)
    const heldOut = rows.filter((_, i) => out.documents.split[i] === "held-out")
    expect([...out.heldout.token]).toEqual(heldOut.flat())
    expect([...out.heldout.text]).toEqual(heldOut.flatMap((row, text) => row.map(() => text)))
  })

  it("holds a row of token ids out whole, ends of documents within it, and adds no domains to rows", async () => {
    // 256 is the end-of-text token.
    const rows = Array.from({ length: 60 }, (_, i) => Array.from({ length: 17 }, (_, j) => j === 3 + i % 9 ? 256 : 97))
    const given = file("tokenizer.json", train(new Map([["ab", 1]]), 258).toJson())
    const out = await run(
      { ...config("parquet", "input_ids", 0.5), tokenizer: { kind: "file", endOfText: "<|endoftext|>" } },
      { corpus: [parquet("ends.parquet", "input_ids", rows)], tokenizer: [given], ...domainFiles() }
    )
    const endOfText = Tokenizer.fromJson(new TextDecoder().decode(out.tokenizer.content[0])).endOfText
    expect(endOfText).toBe(256)
    const heldOut = rows.filter((_, i) => out.documents.split[i] === "held-out")
    expect(heldOut.length).toBeGreaterThan(10)
    expect([...out.heldout.token]).toEqual(heldOut.flat())
    expect(out.heldout.text.at(-1)).toBe(heldOut.length - 1)
    expect(new Set(out.heldout.domain)).toEqual(new Set(["held-out"]))
  })

  it("cuts held-out text to passages of sequenceLength ids, so that scoring uses every token", async () => {
    const paragraphs = Array.from({ length: 6 }, (_, i) => sentences.slice(50 * i, 50 * i + 50).join("\n\n"))
    const files = paragraphs.map((text, i) => file(`paragraphs-${i}.txt`, text))
    for (const sequenceLength of [16, 64]) {
      const out = await run({ ...config("text", "text", 0.5), sequenceLength }, { corpus: files })
      const lengths = new Map<number, number>()
      for (const text of out.heldout.text) lengths.set(text, (lengths.get(text) ?? 0) + 1)
      const longest = Math.max(...lengths.values())
      expect(longest).toBeLessThanOrEqual(sequenceLength)
      expect(longest).toBeGreaterThan(sequenceLength / 2)
    }
  })

  it("holds the given domains out whole", async () => {
    const out = await run({}, { corpus: [file("corpus.jsonl", lines)], ...domainFiles() })
    expect(new Set(out.heldout.domain)).toEqual(new Set(["held-out", "encyclopedic", "legal"]))
    expect(out.heldout.text.every((text, i) => i === 0 || text - out.heldout.text[i - 1]! <= 1)).toBe(true)
  })

  it.each<[string, Partial<Config>, () => IO["files"], string]>([
    ["no files", {}, () => ({}), "the corpus has no files"],
    [
      "a line that is not JSON",
      {},
      () => ({ corpus: [file("bad.jsonl", "{\"text\":\"a\"}\nhello\n")] }),
      "bad.jsonl:2: not JSON"
    ],
    [
      "a missing field",
      config("jsonl", "body"),
      () => ({ corpus: [file("corpus.jsonl", lines)] }),
      "corpus.jsonl:1: no text in field \"body\"; set corpus.field (fields here: text)"
    ],
    [
      "a missing column",
      config("parquet", "body"),
      () => ({ corpus: [parquet("other.parquet", "text", sentences)] }),
      "other.parquet: no column \"body\"; set corpus.field to one of text"
    ],
    [
      "text that is not UTF-8",
      config("text"),
      () => ({ corpus: [file("latin.txt", Uint8Array.from([0xe9, 0x20]))] }),
      "latin.txt: not UTF-8"
    ],
    [
      "a vocabulary that the text does not give",
      { tokenizer: { kind: "train", vocabulary: 50_000 } },
      () => ({ corpus: [file("corpus.jsonl", lines)] }),
      "tokenizer.vocabulary asks for 50000; lower it or give more text"
    ],
    [
      "less text than a row",
      { sequenceLength: 100_000 },
      () => ({ corpus: [file("corpus.jsonl", lines)] }),
      "does not fill one row of 100001 tokens"
    ],
    [
      "token ids without their tokenizer",
      config("parquet", "input_ids"),
      () => ({ corpus: [parquet("ids.parquet", "input_ids", [[1, 2, 3]])] }),
      "ids.parquet:0 holds token ids, not text"
    ],
    [
      "rows of another length",
      { ...config("parquet", "input_ids"), tokenizer: { kind: "file", endOfText: "<|endoftext|>" } },
      () => ({
        corpus: [parquet("short.parquet", "input_ids", [[1, 2, 3]])],
        tokenizer: [file("tokenizer.json", train(new Map([["ab", 1]]), 258).toJson())]
      }),
      "short.parquet:0 holds 3 token ids and a row of this study holds 17; set sequenceLength to 2"
    ],
    [
      "ids beyond the tokenizer",
      { ...config("parquet", "input_ids"), sequenceLength: 2, tokenizer: { kind: "file", endOfText: "<|endoftext|>" } },
      () => ({
        corpus: [parquet("large.parquet", "input_ids", [[1, 2, 300]])],
        tokenizer: [file("tokenizer.json", train(new Map([["ab", 1]]), 258).toJson())]
      }),
      "token id 300 and the tokenizer has ids 0 to 257"
    ]
  ])("says what to do about %s", async (_, config, files, message) => {
    await expect(run(config, files())).rejects.toThrow(message)
  })
})
