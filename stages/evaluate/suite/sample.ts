/** Draws the pairs of a paradigm: the same ones for the same seed and vocabulary, none twice. */
import { stream } from "../../../tensor/random.ts"
import type { Stream } from "../../../tensor/random.ts"
import type { Choose, Pair, Paradigm } from "./paradigm.ts"

/** Draws that may fail (a rare word, a pair already there) before a paradigm is given up. */
const patience = (count: number): number => 10_000 + 100 * count

const redraws = 1000

/** Draws from a stream for one pair: an entry that is an object is drawn once. */
const chooseFrom = (random: Stream): Choose => {
  const drawn = new Set<object>()
  return (list) => {
    for (let attempt = 0; attempt < redraws; attempt++) {
      const entry = list[random.below(list.length)]!
      if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return entry
      if (!drawn.has(entry)) {
        drawn.add(entry)
        return entry
      }
    }
    throw new Error(`a pair draws more than the ${list.length} entries of a list`)
  }
}

/** Words as the training split's table counts them: letters and inner apostrophes. */
export const wordsOf = (sentence: string): ReadonlyArray<string> => sentence.match(/\p{L}+(?:'\p{L}+)*/gu) ?? []

const unknown = (pair: Pair, vocabulary: ReadonlySet<string>): ReadonlyArray<string> =>
  [pair.good, pair.bad].flatMap((sentence) =>
    wordsOf(sentence).filter((word, position) =>
      // A sentence's first word is capital whatever it is.
      !vocabulary.has(word) && !(position === 0 && vocabulary.has(word.charAt(0).toLowerCase() + word.slice(1)))
    )
  )

export interface SampleOptions {
  readonly seed: number
  readonly count: number
  /** Words that sentences may use, as written. */
  readonly vocabulary: ReadonlySet<string>
}

/** `count` pairs of a paradigm, no two with the same good or the same bad sentence. */
export const sample = (paradigm: Paradigm, { count, seed, vocabulary }: SampleOptions): ReadonlyArray<Pair> => {
  const random = stream(seed, "minimal pairs", paradigm.phenomenon, paradigm.name)
  const pairs: Array<Pair> = []
  const seen = new Set<string>()
  const missing = new Set<string>()
  for (let draws = 0; pairs.length < count; draws++) {
    if (draws === patience(count)) {
      throw new Error(
        `the minimal pairs ${paradigm.phenomenon}/${paradigm.name} need ${count} distinct pairs, and the training ` +
          `split's words allow ${pairs.length}` +
          (missing.size === 0 ? "" : `: too rare are ${[...missing].sort().slice(0, 20).join(", ")}`) +
          ". The generated pairs are made of common English words and names: train on more text, or set " +
          "evaluation.pairsPerParadigm to 0 to do without them"
      )
    }
    const pair = paradigm.make(chooseFrom(random))
    const rare = unknown(pair, vocabulary)
    for (const word of rare) missing.add(word)
    if (rare.length > 0 || seen.has(pair.good) || seen.has(pair.bad)) continue
    seen.add(pair.good).add(pair.bad)
    pairs.push(pair)
  }
  return pairs
}
