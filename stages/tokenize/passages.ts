/**
 * Cuts held-out documents into the texts that perplexity is measured on.
 *
 * A text is a passage of at most `limit` ids that ends where a paragraph does, so that a domain of a few long works
 * still has many texts. The limit is the model's sequence length: what is longer would be cut to it when scored. A
 * document's passages are about equally long: a short rest would weigh as much as a full passage in a mean over texts.
 * A paragraph that is longer is cut at ends of sentences, a sentence that is longer (of verse) at ends of lines, and a
 * line that is longer into equal pieces.
 */
import { paragraphBreak } from "./paragraphs.ts"
import type { Tokenizer } from "./tokenizer.ts"

interface Part {
  readonly text: string
  /** What joins it to the part before it. */
  readonly join: string
  /** Ids, with those of the join. */
  readonly length: number
}

/** Where a text may be cut, the best place first; a place of the next kind is taken where a part is too long. */
const seams = [new RegExp(`(${paragraphBreak})`), /(?<=[.!?]["')\]]*)(\s+)/, /(\n)/]

const partsOf = (text: string, tokenizer: Tokenizer, limit: number): ReadonlyArray<Part> => {
  const split = ({ join, text }: Pick<Part, "text" | "join">, [seam, ...rest]: typeof seams): ReadonlyArray<Part> => {
    if (seam === undefined) return [{ text, join, length: tokenizer.encode(join + text).length }]
    // Every second piece is the seam before the next.
    const pieces = [join, ...text.split(seam)]
    return pieces.flatMap((text, at) => {
      if (at % 2 === 0) return []
      const part = { text, join: pieces[at - 1]!, length: tokenizer.encode(pieces[at - 1]! + text).length }
      return part.length <= limit ? [part] : split(part, rest)
    })
  }
  return split({ text, join: "" }, seams)
}

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
export const passagesOf = (text: string, tokenizer: Tokenizer, limit: number): ReadonlyArray<Int32Array> => {
  const parts = partsOf(text, tokenizer, limit)
  const cuts = cutsOf(parts, limit)
  return cuts.slice(1).flatMap((end, index) => {
    const passage = parts.slice(cuts[index], end)
    // Encoded as a whole, since white space at a seam may be cut otherwise than alone.
    const ids = tokenizer.encode(passage.map(({ join, text }, at) => at === 0 ? text : join + text).join(""))
    return chunksOf(ids, limit).filter((chunk) => chunk.length >= 2)
  })
}

/** The fewest chunks that keep to the limit, equally long but for one id. */
const chunksOf = (ids: Int32Array, limit: number): ReadonlyArray<Int32Array> => {
  const count = Math.ceil(ids.length / limit)
  const start = (chunk: number) => Math.floor(chunk * ids.length / count)
  return Array.from({ length: count }, (_, chunk) => ids.slice(start(chunk), start(chunk + 1)))
}
