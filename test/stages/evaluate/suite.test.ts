import { describe, expect, it } from "vitest"
import type { Pair } from "../../../stages/evaluate/suite/paradigm.ts"
import { sample, wordsOf } from "../../../stages/evaluate/suite/sample.ts"
import { paradigms } from "../../../stages/evaluate/suite/suite.ts"
import { bookWords } from "./books.ts"

// Twice the minimum count of studies: a tenth of the books is held out, and a word may sit in few of their chapters.
const vocabulary = new Set([...bookWords].filter(([, count]) => count >= 20).map(([word]) => word))
const options = { seed: 42, vocabulary }
const suite = new Map(paradigms.map((paradigm) => [paradigm, sample(paradigm, { ...options, count: 200 })]))
const pairsOf = (name: string): ReadonlyArray<Pair> => suite.get(paradigms.find((paradigm) => paradigm.name === name)!)!

const sorted = (sentence: string) => wordsOf(sentence.toLowerCase()).toSorted()

/** Share of pairs that a score gets right, a tie being half. */
const shareOf = (pairs: ReadonlyArray<Pair>, score: (sentence: string) => number): number =>
  pairs.reduce((sum, { bad, good }) => {
    const difference = score(good) - score(bad)
    return sum + (Math.abs(difference) < 1e-9 ? 0.5 : difference > 0 ? 1 : 0)
  }, 0) / pairs.length

/** Log-probability of the words after the first, each by its own frequency. */
const unigrams = (sentence: string): number =>
  wordsOf(sentence).slice(1).reduce((sum, word) => sum + Math.log(bookWords.get(word)!), 0)

describe("the generated suite", () => {
  it("has BLiMP's 13 phenomena, each with 200 pairs at 50 a paradigm", () => {
    const counts = new Map<string, number>()
    for (const { phenomenon } of paradigms) counts.set(phenomenon, (counts.get(phenomenon) ?? 0) + 50)
    expect([...counts.keys()]).toEqual([
      "anaphor_agreement",
      "argument_structure",
      "binding",
      "control_raising",
      "determiner_noun_agreement",
      "ellipsis",
      "filler_gap_dependency",
      "irregular_forms",
      "island_effects",
      "npi_licensing",
      "quantifiers",
      "s-selection",
      "subject_verb_agreement"
    ])
    for (const [phenomenon, pairs] of counts) expect(pairs, phenomenon).toBeGreaterThanOrEqual(200)
  })

  it("names each paradigm once", () => {
    expect(new Set(paradigms.map(({ name }) => name)).size).toBe(paradigms.length)
  })

  describe.each(paradigms.map((paradigm) => ({ paradigm, title: `${paradigm.phenomenon}/${paradigm.name}` })))(
    "$title",
    ({ paradigm }) => {
      const pairs = suite.get(paradigm)!

      it("gives distinct pairs whose sentences differ", () => {
        expect(pairs).toHaveLength(200)
        expect(new Set(pairs.map(({ good }) => good)).size).toBe(200)
        expect(new Set(pairs.map(({ bad }) => bad)).size).toBe(200)
        const good = new Set(pairs.map((pair) => pair.good))
        expect(pairs.filter(({ bad }) => good.has(bad))).toEqual([])
      })

      it("keeps to the vocabulary and to the form of a sentence", () => {
        const sentences = pairs.flatMap(({ bad, good }) => [good, bad])
        expect(sentences.filter((sentence) => !/^[A-Z][A-Za-z]*( [A-Za-z]+)+[.?]$/.test(sentence))).toEqual([])
        const unknown = sentences.filter((sentence) => {
          const [first, ...rest] = wordsOf(sentence)
          return [vocabulary.has(first!) ? first! : first!.toLowerCase(), ...rest].some((word) => !vocabulary.has(word))
        })
        expect(unknown).toEqual([])
      })

      it("gives the same pairs again, and the first of them when fewer are wanted", () => {
        expect(sample(paradigm, { ...options, count: 20 })).toEqual(pairs.slice(0, 20))
        expect(sample(paradigm, { ...options, seed: 43, count: 20 })).not.toEqual(pairs.slice(0, 20))
      })
    }
  )

  it("uses no word twice in a sentence but for the smallest", () => {
    const mayRepeat = new Set("the a an had of in to that and at was".split(" "))
    const repeating = [...suite].flatMap(([{ phenomenon }, pairs]) =>
      // The second half of an ellipsis takes up the verb of the first.
      phenomenon === "ellipsis" ? [] : pairs.map(({ good }) => good).filter((good) => {
        const content = wordsOf(good.toLowerCase()).filter((word) => !mayRepeat.has(word))
        return new Set(content).size < content.length
      })
    )
    expect(repeating).toEqual([])
  })

  it.each([
    "antecedents_exchanged",
    "reflexive_in_cleft",
    "adjective_after_numeral",
    "subject_of_relative_clause",
    "adjunct",
    "relative_clause",
    "coordination",
    "left_branch",
    "subject",
    "scope_of_only",
    "scope_of_negation",
    "in_question",
    "there_after_quantifier"
  ])("gives both sentences of %s the same words", (name) => {
    for (const { bad, good } of pairsOf(name)) expect(sorted(good)).toEqual(sorted(bad))
  })

  it.each(["anaphor_agreement", "determiner_noun_agreement", "subject_verb_agreement"])(
    "leaves %s to neither frequency nor length",
    (phenomenon) => {
      for (const [paradigm, pairs] of suite) {
        if (paradigm.phenomenon !== phenomenon) continue
        for (const score of [unigrams, (sentence: string) => -sentence.length]) {
          const share = shareOf(pairs, score)
          expect(share, paradigm.name).toBeGreaterThan(0.35)
          expect(share, paradigm.name).toBeLessThan(0.65)
        }
      }
    }
  )

  it("is no better than chance for word frequencies or for lengths", () => {
    for (const score of [unigrams, (sentence: string) => -sentence.length]) {
      const shares = [...suite.values()].map((pairs) => shareOf(pairs, score))
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length
      expect(mean).toBeGreaterThan(0.42)
      expect(mean).toBeLessThan(0.58)
    }
  })

  it("says which paradigm lacks words, which words, and what to do", () => {
    const paradigm = paradigms.find(({ name }) => name === "reflexive_gender")!
    const without = new Set([...vocabulary].filter((word) => word !== "herself"))
    expect(() => sample(paradigm, { seed: 42, count: 5, vocabulary: without })).toThrow(
      /anaphor_agreement\/reflexive_gender need 5 distinct pairs.* allow 0: too rare are herself\. .*pairsPerParadigm to 0/
    )
  })

  it("says how many pairs a paradigm can give", () => {
    const paradigm = { phenomenon: "p", name: "q", make: () => ({ good: "The man sleeps.", bad: "The man sleep." }) }
    const words = new Set(["the", "man", "sleeps", "sleep"])
    expect(() => sample(paradigm, { seed: 1, count: 2, vocabulary: words })).toThrow(/p\/q need 2 .* allow 1\. /)
  })
})
