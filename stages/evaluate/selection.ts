/** Which of the tables' rows are scored. */
import type { Columns } from "../../schemas/table.ts"
import type { Files, Pairs, Texts } from "../../schemas/tables.ts"
import { Tokenizer } from "../tokenize/tokenizer.ts"

export { effectiveWeights } from "../checkpoint/effective-weights.ts"

/** The tokenizer of the training run. `endOfText`, where given, names the token of its property of that name. */
export const tokenizerOf = (files: Columns<typeof Files>, endOfText?: string): Tokenizer => {
  const row = files.path.indexOf("tokenizer.json")
  if (row === -1) {
    throw new Error(`the tokenizer's files hold no tokenizer.json, only ${files.path.join(", ") || "none"}`)
  }
  const text = new TextDecoder().decode(files.content[row]!)
  if (endOfText !== undefined) return Tokenizer.fromJson(text, endOfText)
  // Text is encoded without an end-of-text token, so any token of the file may stand for it here.
  const { added_tokens, model } = JSON.parse(text) as {
    readonly added_tokens?: ReadonlyArray<{ readonly content: string }>
    readonly model: { readonly vocab: Readonly<Record<string, number>> }
  }
  return Tokenizer.fromJson(text, added_tokens?.[0]?.content ?? Object.keys(model.vocab)[0])
}

export interface Domain {
  readonly source: string
  readonly domain: string
  /** Token ids of the texts to score. */
  readonly texts: ReadonlyArray<Int32Array>
  /** Texts of fewer than two tokens, which leave nothing to score. */
  readonly tooShort: number
}

/** `count` of the elements, spread evenly from the first on; all where there are fewer. */
export const spread = <A>(elements: ReadonlyArray<A>, count: number): ReadonlyArray<A> =>
  elements.length <= count
    ? elements
    : Array.from({ length: count }, (_, index) => elements[Math.floor(index * elements.length / count)]!)

/** Texts of a table of tokens by source and domain, in the order in which domains come; at most `limit` of each. */
export const domainsOf = (
  table: Pick<Columns<typeof Texts>, "source" | "domain" | "text" | "token">,
  limit = Infinity
): ReadonlyArray<Domain> => {
  const domains = new Map<string, { source: string; domain: string; texts: Array<Int32Array> }>()
  const { domain, source, text, token } = table
  for (let start = 0, end = 0; start < token.length; start = end) {
    while (end < token.length && text[end] === text[start]) end += 1
    const key = JSON.stringify([source[start], domain[start]])
    const known = domains.get(key) ?? { source: source[start]!, domain: domain[start]!, texts: [] }
    domains.set(key, known)
    known.texts.push(token.slice(start, end))
  }
  return [...domains.values()].map(({ texts, ...of }) => {
    const scorable = texts.filter((text) => text.length >= 2)
    return { ...of, texts: spread(scorable, limit), tooShort: texts.length - scorable.length }
  })
}

/** Rows of the pairs to score: the first of each paradigm of the generated suite, and all of any other suite. */
export const scoredPairs = (pairs: Columns<typeof Pairs>, pairsPerParadigm: number): ReadonlyArray<number> =>
  Array.from(pairs.suite.keys()).filter((row) =>
    pairs.suite[row] !== "generated" || pairs.pair[row]! < pairsPerParadigm
  )
