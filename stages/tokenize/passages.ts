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
}

const partsOf = (text: string, tokenizer: Tokenizer, limit: number): ReadonlyArray<Part> =>
  text.split(paragraphBreak).flatMap((paragraph) => {
    if (tokenizer.encode(paragraph).length <= limit) return [{ text: paragraph, join: paragraphBreak }]
    return paragraph.split(/(?<=[.!?]["')\]]*)\s+/).map((sentence, index) => ({
      text: sentence,
      join: index === 0 ? paragraphBreak : " "
    }))
  })

/** Ids of each passage of a document; passages without an id to predict are left out. */
export const passagesOf = (
  text: string,
  tokenizer: Tokenizer,
  limit: number = passageLength
): ReadonlyArray<Int32Array> => {
  const total = tokenizer.encode(text).length
  const target = total / Math.ceil(total / limit)
  const passages: Array<Int32Array> = []
  let current = ""
  let ids: Int32Array = new Int32Array(0)
  const close = (): void => {
    passages.push(...chunksOf(ids, limit))
    current = ""
    ids = new Int32Array(0)
  }
  for (const { join, text: part } of partsOf(text, tokenizer, limit)) {
    if (current !== "") {
      const longer = current + join + part
      // What is added decides nothing about the ids before it, but for white space at the seam: encode the whole.
      const longerIds = tokenizer.encode(longer)
      if (longerIds.length <= limit) {
        current = longer
        ids = longerIds
        if (ids.length >= target) close()
        continue
      }
      close()
    }
    current = part
    ids = tokenizer.encode(part)
    if (ids.length >= target) close()
  }
  close()
  return passages.filter((passage) => passage.length >= 2)
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
