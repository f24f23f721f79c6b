import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import * as huggingFace from "tokenizers"
import { describe, expect, it } from "vitest"
import { byteOrder, characterOfByte } from "../../../stages/tokenize/byte-alphabet.ts"
import { Tokenizer } from "../../../stages/tokenize/tokenizer.ts"

const shared = process.env.RELORA_TEST_DATA ?? new URL("../../../../shared/data", import.meta.url).pathname
const folder = join(shared, "olmo-tokenizer")
const file = join(folder, "allenai_gpt-neox-olmo-dolma-v1_5.json")
const wikitext = join(shared, "wikitext-2-raw")

interface Reference {
  readonly cases: ReadonlyArray<{ readonly text: string; readonly ids: ReadonlyArray<number> }>
  readonly wikitext2_test: { readonly lines: number; readonly tokens: number; readonly sha256: string }
}

describe("OLMo's tokenizer", () => {
  const found = existsSync(file)
  if (!found) console.warn(`skipped: ${file} is absent`)
  const reference = found
    ? JSON.parse(readFileSync(join(folder, "reference_encodings.json"), "utf8")) as Reference
    : undefined
  const tokenizer = found ? Tokenizer.fromJson(readFileSync(file, "utf8")) : undefined

  it.skipIf(!found)("has the published sizes", () => {
    expect(tokenizer!.vocabularySize).toBe(50_280)
    expect(tokenizer!.endOfText).toBe(50_279)
  })

  it.skipIf(!found)("encodes the reference texts as Hugging Face does", () => {
    expect(reference!.cases).toHaveLength(13)
    for (const { ids, text } of reference!.cases) {
      expect([...tokenizer!.encode(text)], text).toEqual(ids)
      expect(tokenizer!.decode(ids)).toBe(text.normalize("NFC"))
    }
  })

  it.skipIf(!found || !existsSync(wikitext))("encodes WikiText-2's test split to the reference ids", () => {
    const path = ["test.txt", "wiki.test.raw", "wiki.test.txt"].map((name) => join(wikitext, name)).find(existsSync)!
    const lines = readFileSync(path, "utf8").replaceAll("\r\n", "\n").split("\n").filter((line) => line.trim() !== "")
    expect(lines).toHaveLength(reference!.wikitext2_test.lines)
    const hash = createHash("sha256")
    let tokens = 0
    for (const line of lines) {
      const ids = tokenizer!.encode(line)
      tokens += ids.length
      hash.update(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength))
    }
    expect(tokens).toBe(reference!.wikitext2_test.tokens)
    expect(hash.digest("hex")).toBe(reference!.wikitext2_test.sha256)
  })

  it.skipIf(!found)("survives saving", () => {
    const again = Tokenizer.fromJson(tokenizer!.toJson())
    expect([...again.encode("It is a truth  universally")]).toEqual([
      ...tokenizer!.encode("It is a truth  universally")
    ])
  })
})

const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: false }
const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true }

/** A tokenizer.json with all bytes, a few merges and what is given in place of the parts. */
const make = (parts: Record<string, unknown> = {}, model: Record<string, unknown> = {}): string => {
  const merges = [["h", "e"], ["l", "l"], ["he", "ll"], ["hell", "o"], ["Ġ", "hello"], ["a", "a"]]
  const tokens = [
    "<|endoftext|>",
    ...byteOrder.map((byte) => characterOfByte[byte]!),
    ...merges.map((pair) => pair.join(""))
  ]
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [{ id: 0, content: "<|endoftext|>", ...flags, special: true }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
      ...model
    },
    ...parts
  })
}

/** Hugging Face numbers what the vocabulary lacks from its end on, whatever the file says. */
const added = (...tokens: ReadonlyArray<Record<string, unknown>>) =>
  tokens.map((token, index) => ({ id: 262 + index, ...flags, ...token }))
const end = { id: 0, content: "<|endoftext|>", special: true }

describe("a tokenizer.json", () => {
  const texts = [
    "",
    "hello",
    " hello hello",
    "  hello\t\n\n hello  ",
    "<|endoftext|>",
    "a <|endoftext|>\n<|endoftext|>b",
    "hello <mask> hello  <mask>  <mask>hello",
    "<mask><mask> x",
    "whale whales <whale> a-whale, whale",
    "e\u0301 \u00e9 Cafe\u0301 Café café",
    "ﬁ ½ Å",
    "aaaaa aaaaaaa",
    "日本語 🙂 \u200d",
    "tokens tok token"
  ]
  const variants: Record<string, string> = {
    "without any option": make(),
    "with a prefix space": make({ pre_tokenizer: { ...byteLevel, add_prefix_space: true } }),
    "without GPT-2's pattern": make({ pre_tokenizer: { ...byteLevel, use_regex: false } }),
    "with NFC": make({ normalizer: { type: "NFC" } }),
    "with NFKD in a sequence": make({ normalizer: { type: "Sequence", normalizers: [{ type: "NFKD" }] } }),
    "with a token that takes white space": make({
      added_tokens: added(end, { content: "<mask>", lstrip: true, rstrip: true, special: true })
    }),
    "with a token that takes the white space before it": make({
      added_tokens: added(end, { content: "<mask>", lstrip: true })
    }),
    "with a token of whole words": make({ added_tokens: added(end, { content: "whale", single_word: true }) }),
    "with a normalized token": make({
      normalizer: { type: "NFC" },
      added_tokens: added(end, { content: "Cafe\u0301", normalized: true })
    }),
    "with tokens that overlap": make({ added_tokens: added(end, { content: "tok" }, { content: "token" }) }),
    "with words taken whole": make({}, { ignore_merges: true })
  }
  for (const [name, json] of Object.entries(variants)) {
    it(`${name} gives the ids that Hugging Face gives`, async () => {
      const reference = huggingFace.Tokenizer.fromString(json)
      const tokenizer = Tokenizer.fromJson(json)
      for (const text of texts) {
        const encoding = await reference.encode(text, null, { addSpecialTokens: false })
        expect([...tokenizer.encode(text)], JSON.stringify(text)).toEqual(encoding.getIds())
      }
    })
  }

  it("may spell merges as strings", () => {
    const ours = Tokenizer.fromJson(make({}, { merges: ["h e", "l l", "he ll", "hell o", "Ġ hello", "a a"] }))
    expect([...ours.encode("hello aa")]).toEqual([...Tokenizer.fromJson(make()).encode("hello aa")])
  })

  it("may lack a byte, until a text holds it", () => {
    const { h: _, ...vocab } = (JSON.parse(make()) as { model: { vocab: Record<string, number> } }).model.vocab
    const tokenizer = Tokenizer.fromJson(make({}, { vocab, merges: [] }))
    expect(tokenizer.decode(tokenizer.encode("ello"))).toBe("ello")
    expect(() => tokenizer.encode("hello")).toThrow("no token for byte 0x68")
  })

  it.each([
    ["normalizer", make({ normalizer: { type: "BertNormalizer" } }), "unsupported normalizer BertNormalizer"],
    ["pre-tokenizer", make({ pre_tokenizer: { type: "Whitespace" } }), "unsupported pre-tokenizer Whitespace"],
    [
      "sequence of pre-tokenizers",
      make({ pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Digits" }, byteLevel] } }),
      "Sequence of Digits, ByteLevel"
    ],
    ["model", make({}, { type: "Unigram" }), "unsupported model Unigram"],
    ["dropout", make({}, { dropout: 0.1 }), "unsupported model.dropout 0.1"],
    ["merge", make({}, { merges: ["q z"] }), "merge 0 (q z)"],
    ["text", "hello", "not JSON"]
  ])("with an unsupported %s is refused by name", (_, json, message) => {
    expect(() => Tokenizer.fromJson(json)).toThrow(message)
  })

  it("without the end-of-text token is refused, and names those there are", () => {
    expect(() => Tokenizer.fromJson(make(), "</s>")).toThrow(
      /no token "<\/s>".*special tokens of this file: <\|endoftext\|>/
    )
  })
})

describe("a long word", () => {
  it("is encoded in time that grows little faster than its length", () => {
    const tokenizer = Tokenizer.fromJson(make())
    const text = "a".repeat(200_000)
    expect(tokenizer.encode(text)).toHaveLength(100_000)
  })
})
