/** Numbers about the whole study that captions, findings and figures mention. */
import type { Config } from "./config.ts"
import type { Database } from "./database.ts"
import * as published from "./published.ts"
import { read } from "./query.ts"
import { tail } from "./study-tables.ts"
import type { Suite } from "./suites.ts"

export interface Facts {
  readonly config: Config
  /** Steps averaged for the final training loss. */
  readonly tail: number
  /** Tokens each run predicted. */
  readonly tokens: number
  /** Entropy of the training tokens' frequencies, nats: the loss of a model that knows only how often tokens occur. */
  readonly entropy: number
  /** Training documents. */
  readonly documents: number
  /** Tokens of the training documents. */
  readonly corpusTokens: number
  /** Suites of minimal pairs that were scored, in the order in which they are shown. */
  readonly suites: ReadonlyArray<Suite>
  /** The difference in scale between this study and the published one, in words and numbers. */
  readonly scale: string
}

const whole = (value: number): string => value.toLocaleString("en-US")

/** Three significant digits with a word for the magnitude, e.g. "41.9 billion". */
export const amount = (value: number): string => {
  for (const [size, word] of [[1e9, " billion"], [1e6, " million"], [1e3, " thousand"]] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${word}`
  }
  return String(Number(value.toPrecision(3)))
}

/** How a final training loss is taken. */
export const overLast = (tail: number): string =>
  tail === 1 ? "that of the last step" : `mean over the last ${tail} steps`

export const listed = (items: ReadonlyArray<string>): string =>
  items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`

const scaleNote = (config: Config, tokens: number, documents: number, corpusTokens: number): string => {
  const parameters = listed(config.sizes.map(({ parameters, size }) => `${amount(parameters)} (${size})`))
  const vocabulary = listed([...new Set(config.sizes.map(({ vocabulary }) => whole(vocabulary)))])
  const theirs = listed(published.models.map(({ parameters, size }) => `${amount(parameters)} (${size})`))
  const ratio = published.scale.tokens / tokens
  return [
    `Scale: the published models have ${theirs} parameters, a vocabulary of ${whole(published.scale.vocabulary)}`,
    `and ${amount(published.scale.tokens)} training tokens of ${published.scale.corpus}`,
    `(${whole(published.scale.steps)} steps);`,
    `the models here have ${parameters} parameters, a vocabulary of ${vocabulary}`,
    `and ${amount(tokens)} training tokens (${whole(config.steps)} steps)`,
    `from ${whole(documents)} documents of ${amount(corpusTokens)} tokens`,
    ...(ratio > 1.5 ? [`(${amount(ratio)} times fewer training tokens)`] : [])
  ].join(" ") + `. Compare directions, not values.`
}

export const readFacts = async (database: Database, config: Config): Promise<Facts> => {
  const [unigram] = await read(database, {
    name: "the unigram entropy",
    sql: "select entropy from unigram",
    columns: { entropy: "number?" }
  })
  const [corpus] = await read(database, {
    name: "the size of the corpus",
    sql: "select count(*) as documents, sum(tokens) as tokens from documents where split = 'train'",
    columns: { documents: "integer", tokens: "integer?" }
  })
  const suites = await read(database, {
    name: "the suites",
    sql: "select suite, own_column as column from suites order by place",
    columns: { suite: "text", column: "text" }
  })
  const tokens = config.steps * config.batchSize * config.sequenceLength
  const documents = corpus?.documents ?? 0
  const corpusTokens = corpus?.tokens ?? 0
  return {
    config,
    tail: tail(config),
    tokens,
    entropy: unigram?.entropy ?? Number.NaN,
    documents,
    corpusTokens,
    suites,
    scale: scaleNote(config, tokens, documents, corpusTokens)
  }
}
