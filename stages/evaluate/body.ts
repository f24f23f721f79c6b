/** Scores a checkpoint on held-out texts and minimal pairs. */
import { scorer } from "../../model/score.ts"
import type { Scorer } from "../../model/score.ts"
import type { Body } from "../../pipeline/stage.ts"
import { type Columns, fromRows } from "../../schemas/table.ts"
import { Accuracy, type Files, Perplexity, Scores } from "../../schemas/tables.ts"
import { forwardWeights } from "../checkpoint/forward-weights.ts"
import { byParadigm, logLikelihood, perplexity } from "./scoring.ts"
import { domainsOf, scoredPairs, tokenizerOf } from "./selection.ts"
import type { evaluate } from "./stage.ts"
import { joined, type Window, windowsOf } from "./windows.ts"

type IO = Body<typeof evaluate>

/** Tokens handed over at once: often enough to see progress and to be interrupted. */
const tokensAtOnce = 32_768

/** Sequences ordered by length and cut into lists of about as many tokens each, as indices. */
const byLength = (sequences: ReadonlyArray<Int32Array>): ReadonlyArray<ReadonlyArray<number>> => {
  const order = Array.from(sequences.keys()).sort((a, b) => sequences[a]!.length - sequences[b]!.length || a - b)
  const lists: Array<Array<number>> = []
  let room = 0
  for (const index of order) {
    const { length } = sequences[index]!
    if (lists.length === 0 || room < length) {
      lists.push([])
      room = tokensAtOnce
    }
    lists.at(-1)!.push(index)
    room -= length
  }
  return lists
}

/** Log-probabilities of every sequence, in the order given. */
const score = async (
  { logProbabilities }: Scorer,
  sequences: ReadonlyArray<Int32Array>,
  signal: AbortSignal,
  report: (done: number, total: number) => void
): Promise<ReadonlyArray<Float32Array>> => {
  const total = sequences.reduce((sum, { length }) => sum + length, 0)
  const scores = new Array<Float32Array>(sequences.length)
  let done = 0
  for (const list of byLength(sequences)) {
    signal.throwIfAborted()
    const values = await logProbabilities(list.map((index) => sequences[index]!))
    list.forEach((index, at) => {
      scores[index] = values[at]!
      done += sequences[index]!.length
    })
    report(done, total)
  }
  return scores
}

/** Ids of a sentence, after the start token where there is one. */
const encoder = (files: Columns<typeof Files>, startToken: string | null): (sentence: string) => Int32Array => {
  const tokenizer = tokenizerOf(files)
  if (startToken === null) return (sentence) => tokenizer.encode(sentence)
  const start = tokenizer.idOf(startToken)
  if (start === undefined) {
    throw new Error(`the tokenizer has no token ${JSON.stringify(startToken)}; see startToken in the study file`)
  }
  return (sentence) => Int32Array.of(start, ...tokenizer.encode(sentence))
}

export const body = async (io: IO): Promise<void> => {
  const { model, pairsPerParadigm, sequenceLength, startToken, step, stride, textsPerDomain } = io.config
  const encode = encoder(await io.read.tokenizer(), startToken)
  const domains = [
    ...(await io.read.heldout()).flatMap(({ value }) =>
      domainsOf({ ...value, source: value.domain.map(() => "held-out") }, textsPerDomain)
    ),
    ...(await io.read.texts()).flatMap(({ value }) => domainsOf(value))
  ]
  const pairs = await io.read.pairs()
  const rows = scoredPairs(pairs, pairsPerParadigm)

  // A sentence that comes twice is scored once, so that identical sentences tie to the bit.
  const sentences = [...new Set(rows.flatMap((row) => [pairs.good[row]!, pairs.bad[row]!]))]
  const texts = domains.map((domain) => domain.texts.map((text) => windowsOf(text, sequenceLength, stride)))
  // Sentences are scored whole: cut, a pair might lose what it differs in.
  const sequences = [...texts.flat(2).map(({ tokens }) => tokens), ...sentences.map(encode)]

  const weights = forwardWeights(await io.read.checkpoint(), model)
  const scoring = scorer(model, weights, { engine: io.engine, threads: io.threads })
  const figures = { "texts too short": domains.reduce((sum, { tooShort }) => sum + tooShort, 0) }
  const scores = await score(
    scoring,
    sequences,
    io.signal,
    (done, total) => io.progress({ done, total, unit: "tokens", figures })
  ).finally(() => scoring.dispose())

  let next = 0
  const take = (windows: ReadonlyArray<Window>) => joined(windows, scores.slice(next, next += windows.length))
  const perplexities = domains.map(({ domain, source }, at) => ({ source, domain, scores: texts[at]!.map(take) }))
  await io.write.perplexity(fromRows(
    Perplexity,
    perplexities.filter(({ scores }) => scores.length > 0).map(({ domain, scores, source }) => {
      const { meanOfTexts, tokenWeighted, ...counts } = perplexity(scores)
      return { step, source, domain, ...counts, token_weighted: tokenWeighted, mean_of_texts: meanOfTexts }
    })
  ))

  const likelihoods = new Map(sentences.map((text, at) => [text, logLikelihood(scores[next + at]!)]))
  const scored = rows.map((row) => ({
    suite: pairs.suite[row]!,
    phenomenon: pairs.phenomenon[row]!,
    paradigm: pairs.paradigm[row]!,
    pair: pairs.pair[row]!,
    good: likelihoods.get(pairs.good[row]!)!,
    bad: likelihoods.get(pairs.bad[row]!)!,
    identical: pairs.good[row] === pairs.bad[row]
  }))
  await io.write.scores(fromRows(Scores, scored.map((pair) => ({ step, ...pair }))))
  await io.write.accuracy(fromRows(Accuracy, byParadigm(scored).map((paradigm) => ({ step, ...paradigm }))))
}
