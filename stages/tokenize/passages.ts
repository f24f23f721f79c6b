/**
 * Cuts held-out documents into the texts that perplexity is measured on.
 *
 * A text is a passage of at most 512 ids that ends where a paragraph does, so that a domain of a few long works still
 * has many texts. A document's passages are about equally long: a short rest would weigh as much as a full passage in
 * a mean over texts. A paragraph that is longer is cut at ends of sentences, and a sentence that is longer at 512 ids.
 */
import { paragraphBreak } from "./paragraphs.ts"
import type { Tokenizer } from "./tokenizer.ts"

/** Most ids of a passage. */
export const passageLength = 512

interface Part {
  readonly text: string
  /** What joins it to the part before it. */
  readonly join: string
  /** Ids, with those of the join. */
  readonly length: number
}

const partsOf = (text: string, tokenizer: Tokenizer, limit: number): ReadonlyArray<Part> =>
  text.split(paragraphBreak).flatMap((paragraph) => {
    const part = (text: string, join: string): Part => {
      return { text, join, length: tokenizer.encode(join + text).length }
    }
    const whole = part(paragraph, paragraphBreak)
    if (whole.length <= limit) return [whole]
    const sentences = paragraph.split(/(?<=[.!?]["')\]]*)\s+/)
    return sentences.map((sentence, index) => part(sentence, index === 0 ? paragraphBreak : " "))
  })

/** More than any sum of squared lengths: a passage less counts before all evenness. */
const passageCost = 2 ** 40

/** First part of each passage, and the end: the fewest passages and, of those, the smallest sum of squared lengths. */
const cutsOf = (parts: ReadonlyArray<Part>, limit: number): ReadonlyArray<number> => {
  const cost = [0]
  const from = [0]
  for (let end = 1; end <= parts.length; end++) {
    cost[end] = Infinity
    let length = 0
    for (let start = end - 1; start >= 0; start--) {
      length += parts[start]!.length
      if (length > limit && start < end - 1) break
      const total = cost[start]! + passageCost + length * length
      if (total < cost[end]!) {
        cost[end] = total
        from[end] = start
      }
    }
  }
  const cuts = [parts.length]
  while (cuts[0]! > 0) cuts.unshift(from[cuts[0]!]!)
  return cuts
}

/** Ids of each passage of a document; passages without an id to predict are left out. */
export const passagesOf = (
  text: string,
  tokenizer: Tokenizer,
  limit: number = passageLength
): ReadonlyArray<Int32Array> => {
  const parts = partsOf(text, tokenizer, limit)
  const cuts = cutsOf(parts, limit)
  return cuts.slice(1).flatMap((end, index) => {
    const passage = parts.slice(cuts[index], end)
    // Encoded as a whole, since white space at a seam may be cut otherwise than alone.
    const ids = tokenizer.encode(passage.map(({ join, text }, at) => at === 0 ? text : join + text).join(""))
    return chunksOf(ids, limit).filter((chunk) => chunk.length >= 2)
  })
}

/** A row of ids that was tokenized elsewhere, cut at its end-of-text tokens and at the limit. */
export const passagesOfRow = (
  ids: Int32Array,
  endOfText: number,
  limit: number = passageLength
): ReadonlyArray<Int32Array> => {
  const passages: Array<Int32Array> = []
  let start = 0
  for (let end = 0; end <= ids.length; end++) {
    if (end < ids.length && ids[end] !== endOfText) continue
    passages.push(...chunksOf(ids.slice(start, end), limit))
    start = end + 1
  }
  return passages.filter((passage) => passage.length >= 2)
}

const chunksOf = (ids: Int32Array, limit: number): ReadonlyArray<Int32Array> =>
  Array.from({ length: Math.ceil(ids.length / limit) }, (_, i) => ids.slice(i * limit, (i + 1) * limit))
