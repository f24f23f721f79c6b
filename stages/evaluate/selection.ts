/** Which of the tables' rows are scored. */
import type { Columns } from "../../schemas/table.ts"
import type { Files, Pairs, Texts } from "../../schemas/tables.ts"
import { ScoredTokenizer } from "../tokenize/scored-tokenizer.ts"
import { Tokenizer } from "../tokenize/tokenizer.ts"

/** What evaluation wants of a tokenizer. */
export interface TextTokenizer {
  /** Ids of a text; none is put before or after it. */
  readonly encode: (text: string) => Int32Array
  /** Id of a token by its text. */
  readonly idOf: (token: string) => number | undefined
}

/** The tokenizer of a model: a byte-level tokenizer.json, or llama2.c's tokenizer.bin. */
export const tokenizerOf = (files: Columns<typeof Files>): TextTokenizer => {
  const row = files.path.findIndex((path) => path === "tokenizer.json" || path === "tokenizer.bin")
  if (row === -1) {
    throw new Error(`the tokenizer's files hold no tokenizer.json, only ${files.path.join(", ") || "none"}`)
  }
  const content = files.content[row]!
  return files.path[row] === "tokenizer.bin"
    ? new ScoredTokenizer(content)
    : Tokenizer.ofText(new TextDecoder().decode(content))
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
