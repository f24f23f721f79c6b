/**
 * What log-probabilities say of sentences and texts, by the metrics of the published study (arXiv 2509.12960): no token
 * is put before a sentence or text, and its first token is not scored.
 */

/** Σ log p(token i | tokens before it) over tokens 2 … n, in nats; 0 for a lone token. */
export const logLikelihood = (logProbabilities: Float32Array): number => {
  let sum = 0
  for (const value of logProbabilities) sum += value
  return sum
}

/** One minimal pair's scores. */
export interface ScoredPair {
  readonly suite: string
  readonly phenomenon: string
  readonly paradigm: string
  /** Log-likelihoods in nats. */
  readonly good: number
  readonly bad: number
  /** Whether the two sentences are the same text. */
  readonly identical: boolean
}

export interface ParadigmScore {
  readonly suite: string
  readonly phenomenon: string
  readonly paradigm: string
  readonly pairs: number
  /** Pairs whose good sentence scores strictly higher. */
  readonly correct: number
  readonly ties: number
  readonly identical: number
}

/** Counts by paradigm, in the order in which paradigms come first. */
export const byParadigm = (pairs: Iterable<ScoredPair>): ReadonlyArray<ParadigmScore> => {
  const counts = new Map<string, { -readonly [K in keyof ParadigmScore]: ParadigmScore[K] }>()
  for (const { bad, good, identical, paradigm, phenomenon, suite } of pairs) {
    const key = JSON.stringify([suite, phenomenon, paradigm])
    let count = counts.get(key)
    if (count === undefined) {
      count = { suite, phenomenon, paradigm, pairs: 0, correct: 0, ties: 0, identical: 0 }
      counts.set(key, count)
    }
    count.pairs += 1
    if (good > bad) count.correct += 1
    if (good === bad) count.ties += 1
    if (identical) count.identical += 1
  }
  return [...counts.values()]
}

const mean = (values: ReadonlyArray<number>): number => values.reduce((sum, value) => sum + value, 0) / values.length

type Accuracies = ReadonlyArray<Pick<ParadigmScore, "phenomenon" | "correct" | "pairs">>

/** Accuracy over everything, 0 … 1: the unweighted mean of the paradigms' accuracies. NaN without paradigms. */
export const overallAccuracy = (paradigms: Accuracies): number =>
  mean(paradigms.map(({ correct, pairs }) => correct / pairs))

/** Accuracy of each phenomenon, 0 … 1: the unweighted mean of its paradigms' accuracies. */
export const phenomenonAccuracies = (paradigms: Accuracies): ReadonlyMap<string, number> =>
  new Map(
    [...new Set(paradigms.map(({ phenomenon }) => phenomenon))].map((phenomenon) => [
      phenomenon,
      overallAccuracy(paradigms.filter((paradigm) => paradigm.phenomenon === phenomenon))
    ])
  )

/** Perplexity of some texts in two definitions. */
export interface PerplexityScore {
  readonly texts: number
  /** Scored tokens: all but the first of each text. */
  readonly tokens: number
  /** Summed negative log-likelihood. */
  readonly nats: number
  /** exp(nats / tokens), every token weighing the same. */
  readonly tokenWeighted: number
  /** Mean over texts of exp(mean negative log-likelihood of the text): the figure that the study reports. */
  readonly meanOfTexts: number
}

/** Perplexity from the log-probabilities of each text's tokens 2 … n; a text has at least two tokens. */
export const perplexity = (texts: ReadonlyArray<Float32Array>): PerplexityScore => {
  const scored = texts.map((logProbabilities) => ({
    tokens: logProbabilities.length,
    nats: -logLikelihood(logProbabilities)
  }))
  const lone = scored.findIndex(({ tokens }) => tokens === 0)
  if (lone !== -1) throw new Error(`text ${lone} has no scored token: leave out texts of fewer than two tokens`)
  const tokens = scored.reduce((sum, text) => sum + text.tokens, 0)
  const nats = scored.reduce((sum, text) => sum + text.nats, 0)
  return {
    texts: texts.length,
    tokens,
    nats,
    tokenWeighted: Math.exp(nats / tokens),
    meanOfTexts: mean(scored.map((text) => Math.exp(text.nats / text.tokens)))
  }
}
