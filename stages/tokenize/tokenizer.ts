/** A byte-level BPE tokenizer that reads and writes Hugging Face's tokenizer.json. */
import { splitter } from "./added-tokens.ts"
import type { Piece } from "./added-tokens.ts"
import { characterOfByte, fromAlphabet, toAlphabet } from "./byte-alphabet.ts"
import { Heap } from "./heap.ts"
import { pairOf } from "./pair.ts"
import { preTokens } from "./pre-tokenizer.ts"
import { byteLevelOf, normalizerForms, parse } from "./tokenizer-json.ts"
import type { TokenizerJson } from "./tokenizer-json.ts"

interface Merge {
  readonly rank: number
  readonly id: number
}

/** Words whose ids are remembered; beyond it remembering starts anew, so that memory stays bounded. */
const cacheLimit = 500_000
/** Positions in a word, so that rank and position fit one number. */
const positions = 2 ** 26

const encoder = new TextEncoder()

export class Tokenizer {
  /** One more than the largest id. */
  readonly vocabularySize: number
  /** Id of the token that ends each document. */
  readonly endOfText: number
  readonly #json: TokenizerJson
  readonly #tokenOfId: Array<string | undefined> = []
  readonly #bytesOfId = new Map<number, Uint8Array>()
  /** −1 where the vocabulary lacks a byte. */
  readonly #idOfByte = new Int32Array(256)
  readonly #merges = new Map<number, Merge>()
  readonly #cache = new Map<string, ReadonlyArray<number>>()
  /** Words that are tokens, of files that take such words whole. */
  readonly #wholeWords = new Map<string, ReadonlyArray<number>>()
  readonly #splitRaw: (text: string) => ReadonlyArray<Piece>
  readonly #splitNormalized: (text: string) => ReadonlyArray<Piece>
  readonly #normalize: (text: string) => string
  readonly #prefixSpace: boolean
  readonly #words: (text: string) => ReadonlyArray<string>

  constructor(json: TokenizerJson, endOfText = "<|endoftext|>") {
    this.#json = json
    const vocabulary = new Map(Object.entries(json.model.vocab))
    const added = json.added_tokens ?? []
    for (const [token, id] of vocabulary) this.#tokenOfId[id] = token
    for (const { content, id } of added) this.#tokenOfId[id] = content
    this.vocabularySize = this.#tokenOfId.length
    characterOfByte.forEach((character, byte) => this.#idOfByte[byte] = vocabulary.get(character) ?? -1)

    json.model.merges.forEach((merge, rank) => {
      const [left, right] = typeof merge === "string" ? merge.split(" ") as [string, string] : merge
      const ids = [vocabulary.get(left), vocabulary.get(right), vocabulary.get(left + right)]
      if (ids.includes(undefined)) {
        throw new Error(`tokenizer.json: merge ${rank} (${left} ${right}) uses tokens that model.vocab lacks`)
      }
      this.#merges.set(pairOf(ids[0]!, ids[1]!), { rank, id: ids[2]! })
    })

    const forms = normalizerForms(json.normalizer)
    this.#normalize = (text) => forms.reduce((normalized, form) => normalized.normalize(form), text)
    this.#splitRaw = splitter(added.filter((token) => !token.normalized))
    this.#splitNormalized = splitter(
      added.filter((token) => token.normalized),
      ({ content }) => this.#normalize(content)
    )
    const byteLevel = byteLevelOf(json.pre_tokenizer)
    this.#prefixSpace = byteLevel.add_prefix_space
    this.#words = byteLevel.use_regex === false ? (text) => [text] : preTokens
    if (json.model.ignore_merges === true) {
      for (const [token, id] of vocabulary) this.#wholeWords.set(token, [id])
    }

    const end = added.find(({ content }) => content === endOfText)?.id ?? vocabulary.get(endOfText)
    if (end === undefined) {
      const special = added.filter((token) => token.special).map(({ content }) => content).slice(0, 10).join(", ")
      throw new Error(
        `tokenizer.json: no token ${JSON.stringify(endOfText)}; set tokenizer.endOfText to the token that ends a ` +
          `document (special tokens of this file: ${special || "none"})`
      )
    }
    this.endOfText = end
  }

  /** Reads the text of a tokenizer.json. */
  static fromJson(text: string, endOfText?: string): Tokenizer {
    return new Tokenizer(parse(text), endOfText)
  }

  /** Reads the text of a tokenizer.json for text alone: whatever ends documents, it is not put anywhere. */
  static ofText(text: string): Tokenizer {
    const json = parse(text)
    return new Tokenizer(json, json.added_tokens?.[0]?.content ?? Object.keys(json.model.vocab)[0])
  }

  /** Id of a token by its text. */
  idOf(token: string): number | undefined {
    const id = this.#tokenOfId.indexOf(token)
    return id === -1 ? undefined : id
  }

  /** Text of a tokenizer.json that Hugging Face tokenizers loads. */
  toJson(): string {
    return `${JSON.stringify(this.#json, null, 2)}\n`
  }

  /** Ids of a text. Added tokens, such as <|endoftext|>, are recognised in it; none is put before or after it. */
  encode(text: string): Int32Array {
    const out: Array<number> = []
    for (const raw of this.#splitRaw(text)) {
      if (typeof raw === "number") out.push(raw)
      else {
        for (const piece of this.#splitNormalized(this.#normalize(raw))) {
          if (typeof piece === "number") out.push(piece)
          else this.#encodePiece(piece, out)
        }
      }
    }
    return Int32Array.from(out)
  }

  #encodePiece(piece: string, out: Array<number>): void {
    for (const word of this.#words(this.#prefixSpace && !piece.startsWith(" ") ? ` ${piece}` : piece)) {
      let ids = this.#cache.get(word)
      if (ids === undefined) {
        ids = this.#wholeWords.get(toAlphabet(word)) ?? this.#encodeWord(word)
        if (this.#cache.size >= cacheLimit) this.#cache.clear()
        this.#cache.set(word, ids)
      }
      for (const id of ids) out.push(id)
    }
  }

  /** Joins neighbours by rank, the leftmost first among equals, until no pair has a merge. */
  #encodeWord(word: string): ReadonlyArray<number> {
    const ids = Array.from(encoder.encode(word), (byte) => this.#byte(byte))
    // A list linked both ways; −1 ends it and marks, in ids, what was joined to its left.
    const next = ids.map((_, i) => i + 1 < ids.length ? i + 1 : -1)
    const previous = ids.map((_, i) => i - 1)
    const queue = new Heap<number>((a, b) => a < b)
    const offer = (left: number, right: number): void => {
      const merge = this.#merges.get(pairOf(ids[left]!, ids[right]!))
      if (merge !== undefined) queue.push(merge.rank * positions + left)
    }
    for (let i = 0; i + 1 < ids.length; i++) offer(i, i + 1)
    for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
      const left = top % positions
      const right = next[left]!
      if (ids[left] === -1 || right === -1) continue
      const merge = this.#merges.get(pairOf(ids[left]!, ids[right]!))
      // The pair may have changed since it was queued.
      if (merge === undefined || merge.rank !== Math.floor(top / positions)) continue
      ids[left] = merge.id
      ids[right] = -1
      const after = next[right]!
      next[left] = after
      if (after !== -1) {
        previous[after] = left
        offer(left, after)
      }
      if (previous[left] !== -1) offer(previous[left]!, left)
    }
    return ids.filter((id) => id !== -1)
  }

  #byte(byte: number): number {
    const id = this.#idOfByte[byte]!
    if (id === -1) {
      throw new Error(
        `tokenizer.json: no token for byte 0x${byte.toString(16)}, which the text holds; use a tokenizer whose ` +
          "vocabulary has all 256 bytes"
      )
    }
    return id
  }

  /** Text of ids; bytes that are not UTF-8 become U+FFFD. Special tokens are written out. */
  decode(ids: ArrayLike<number>): string {
    const parts = Array.from(ids, (id) => this.#bytes(id))
    const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
    let at = 0
    for (const part of parts) {
      all.set(part, at)
      at += part.length
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(all)
  }

  #bytes(id: number): Uint8Array {
    let bytes = this.#bytesOfId.get(id)
    if (bytes === undefined) {
      const token = this.#tokenOfId[id]
      if (token === undefined) throw new RangeError(`no token has id ${id}; ids are 0 to ${this.vocabularySize - 1}`)
      // Added tokens are plain text: what is not in the byte alphabet stands for itself.
      bytes = fromAlphabet(token) ?? encoder.encode(token)
      this.#bytesOfId.set(id, bytes)
    }
    return bytes
  }
}
