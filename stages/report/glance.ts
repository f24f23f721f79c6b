/** What a newcomer should see first: what was compared, what came out, how sure that is, and where ways of one method differ. */
import type { Facts } from "./facts.ts"
import type { Answer } from "./questions.ts"

export interface Glance {
  readonly compared: string
  /** Sentences. */
  readonly outcome: ReadonlyArray<string>
  readonly certainty: string
  readonly claims: ReadonlyArray<{ readonly says: string; readonly verdict: string }>
  /** Of each method that several arms follow: what each of them sets otherwise than another. */
  readonly differences: ReadonlyArray<{
    readonly method: string
    readonly arms: ReadonlyArray<{ readonly arm: string; readonly settings: ReadonlyArray<string> }>
  }>
}

const times = (many: number, one: string, several: string) => `${many} ${many === 1 ? one : several}`

const certaintyOf = ({ config: { seeds } }: Facts, claims: Glance["claims"]): string => {
  const number = (verdict: string) => claims.filter((claim) => claim.verdict === verdict).length
  const verdicts = claims.length === 0
    ? ""
    : `Of ${times(claims.length, "claim", "claims")} ${times(number("holds"), "holds", "hold")}, ${
      times(number("fails"), "fails", "fail")
    } and ${times(number("undecided"), "is", "are")} undecided, by 95 % intervals. `
  return verdicts + (seeds.length > 1
    ? `Intervals are over ${seeds.length} seeds.`
    : "There is one seed: nothing here tells how another would have come out.")
}

/** What settings of ReLoRA mean, by the words for them; docs/design.md says where they were found. */
const meanings: ReadonlyArray<readonly [words: RegExp, meaning: string]> = [
  [/^A zero$/, "both factors of an adapter start at zero, so no gradient reaches it before the first reset"],
  [/^A /, "one factor of an adapter is drawn, so it learns from the first step"],
  [/^merge ×1$/, "a merge leaves the factor alpha/rank out, so it changes what the model computes"],
  [/^merge ×/, "a merge adds to the weight what the adapter added in the forward pass"],
  [/^re-initialisation lost$/, "the optimizer's copies overwrite the fresh adapters after a merge"],
  [/^re-initialisation effective$/, "after a merge adapters start afresh"],
  [/^B·A measured in bf16$/, "rounded before its spectra are taken; changes no training"]
]

const explained = (words: string): string => {
  const meaning = meanings.find(([known]) => known.test(words))?.[1]
  return meaning === undefined ? words : `${words}: ${meaning}`
}

/**
 * An arm tried at several learning rates is one. Settings in words are listed with commas; those that all arms share say nothing of
 * how these differ.
 */
const differencesOf = ({ config }: Facts): Glance["differences"] =>
  [...new Set(config.arms.map(({ method }) => method))].flatMap((method) => {
    const settings = new Map(
      config.arms.filter((arm) => arm.method === method).map(({ family, settings }) => [family, settings.split(", ")])
    )
    if (settings.size < 2) return []
    const arms = [...settings].map(([arm, words]) => ({
      arm,
      settings: words.filter((word) => [...settings.values()].some((others) => !others.includes(word))).map(explained)
    }))
    return arms.every((arm) => arm.settings.length === 0) ? [] : [{ method, arms }]
  })

export const glance = (
  facts: Facts,
  setting: string,
  outcome: ReadonlyArray<string>,
  tables: ReadonlyArray<Answer>
): Glance => {
  const rows = tables.find(({ name }) => name === "claims")?.rows ?? []
  const claims = rows.map(({ says, verdict }) => ({ says: String(says), verdict: String(verdict) }))
  return {
    compared: setting,
    outcome,
    certainty: certaintyOf(facts, claims),
    claims,
    differences: differencesOf(facts)
  }
}
