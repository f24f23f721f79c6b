/**
 * Trains a byte-level BPE: repeatedly joins the pair of neighbouring tokens that occurs most often.
 *
 * Counts, queue and ties are those of Hugging Face's BpeTrainer (of equally frequent pairs the one with the smaller
 * ids goes first, and ids follow the byte alphabet's order), so that both learn the same merges from the same words.
 */
import { byteOrder, characterOfByte } from "./byte-alphabet.ts"
import { Heap } from "./heap.ts"
import { leftOf, pairOf, rightOf } from "./pair.ts"
import { preTokens } from "./pre-tokenizer.ts"
import { Tokenizer } from "./tokenizer.ts"

/** Occurrences of each word. */
export type WordCounts = Map<string, number>

/** Adds the words of a text to the counts. */
export const countWords = (text: string, counts: WordCounts): void => {
  for (const word of preTokens(text)) counts.set(word, (counts.get(word) ?? 0) + 1)
}

/** A pair waiting to be merged, with its count when it was queued and the words it was then seen in. */
interface Candidate {
  readonly pair: number
  count: number
  readonly words: ReadonlyArray<number>
}

const before = (a: Candidate, b: Candidate): boolean => a.count !== b.count ? a.count > b.count : a.pair < b.pair

export interface Trained {
  /** Tokens in the byte alphabet, by id. */
  readonly tokens: ReadonlyArray<string>
  /** Pairs of tokens, by rank. */
  readonly merges: ReadonlyArray<readonly [string, string]>
}

/** Learns merges until the byte alphabet, the reserved tokens and the merged ones are `size`, or no pair is left. */
export const learnMerges = (counts: WordCounts, size: number, reserved: ReadonlyArray<string>): Trained => {
  const tokens = [...byteOrder.map((byte) => characterOfByte[byte]!), ...reserved]
  const ids = new Map(tokens.map((token, id) => [token, id]))
  const idOfByte = new Int32Array(256)
  byteOrder.forEach((byte, id) => idOfByte[byte] = id)

  const encoder = new TextEncoder()
  const words: Array<Array<number>> = []
  const wordCounts: Array<number> = []
  for (const [word, count] of counts) {
    words.push(Array.from(encoder.encode(word), (byte) => idOfByte[byte]!))
    wordCounts.push(count)
  }

  const pairCounts = new Map<number, number>()
  const queue = new Heap<Candidate>(before)
  let seenIn = new Map<number, Array<number>>()
  const note = (pair: number, word: number, change: number): void => {
    pairCounts.set(pair, (pairCounts.get(pair) ?? 0) + change * wordCounts[word]!)
    if (change < 0) return
    const list = seenIn.get(pair)
    if (list === undefined) seenIn.set(pair, [word])
    else if (list[list.length - 1] !== word) list.push(word)
  }
  const enqueue = (): void => {
    for (const [pair, words] of seenIn) {
      const count = pairCounts.get(pair)!
      if (count > 0) queue.push({ pair, count, words })
    }
    seenIn = new Map()
  }

  words.forEach((word, index) => {
    for (let i = 0; i + 1 < word.length; i++) note(pairOf(word[i]!, word[i + 1]!), index, 1)
  })
  enqueue()

  // A pair can be merged twice when two ways of spelling a token meet; its later rank is the one that holds.
  const ranks = new Map<number, number>()
  let rank = 0
  while (tokens.length < size) {
    const top = queue.pop()
    if (top === undefined) break
    const count = pairCounts.get(top.pair)!
    if (top.count !== count) {
      // Counts only fall after queueing, so a stale candidate goes back with its true count.
      top.count = count
      queue.push(top)
      continue
    }
    if (count < 1) break
    const left = leftOf(top.pair)
    const right = rightOf(top.pair)
    const token = tokens[left]! + tokens[right]!
    let merged = ids.get(token)
    if (merged === undefined) {
      merged = tokens.length
      tokens.push(token)
      ids.set(token, merged)
    }
    ranks.set(top.pair, rank++)
    for (const index of top.words) {
      merge(words[index]!, left, right, merged, (pair, change) => note(pair, index, change))
    }
    enqueue()
  }
  const merges = [...ranks].sort(([, a], [, b]) => a - b)
    .map(([pair]) => [tokens[leftOf(pair)]!, tokens[rightOf(pair)]!] as const)
  return { tokens, merges }
}

/** Joins each (left, right) of a word in place and reports how the counts of its pairs change. */
const merge = (
  word: Array<number>,
  left: number,
  right: number,
  merged: number,
  change: (pair: number, by: 1 | -1) => void
): void => {
  let kept = 0
  for (let i = 0; i < word.length; i++) {
    if (word[i] !== left || i + 1 >= word.length || word[i + 1] !== right) {
      word[kept++] = word[i]!
      continue
    }
    if (kept > 0) {
      change(pairOf(word[kept - 1]!, left), -1)
      change(pairOf(word[kept - 1]!, merged), 1)
    }
    i += 1
    if (i + 1 < word.length) {
      change(pairOf(right, word[i + 1]!), -1)
      change(pairOf(merged, word[i + 1]!), 1)
    }
    word[kept++] = merged
  }
  word.length = kept
}

/** Name of the token that ends each document. */
export const endOfText = "<|endoftext|>"

/**
 * A tokenizer of at most `size` ids learned from words: ids 0–255 are bytes, 256 is the end-of-text token, the rest
 * are merges in the order learned. It has fewer ids where the words run out of pairs.
 */
export const train = (counts: WordCounts, size: number): Tokenizer => {
  const { merges, tokens } = learnMerges(counts, size, [endOfText])
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true } as const
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }
  return new Tokenizer({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [{ id: tokens.indexOf(endOfText), content: endOfText, ...special }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: byteLevel,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: merges.map(([left, right]) => `${left} ${right}`)
    }
  }, endOfText)
}
