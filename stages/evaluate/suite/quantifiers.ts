/** What may follow "there is", and what "at least" and "at most" may stand under. */
import { animals, people, portables, settings, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { a } from "./phrases.ts"

const numerals = ["two", "three", "four", "five", "six", "seven", "ten", "twenty"]
const counting = verbs("see find take bring keep carry receive catch choose steal")
const beings = [...people, ...animals]

export const quantifiers = phenomenon("quantifiers", {
  there_with_singular: (choose) => {
    const noun = choose(beings).singular
    const good = choose([a(noun), `one ${noun}`, `no ${noun}`, `another ${noun}`, `some ${noun}`])
    const bad = choose(["every", "each"])
    const be = choose(["was", "is"])
    const setting = choose(settings)
    return contrast((pick) => `there ${be} ${pick(good, `${bad} ${noun}`)} ${setting}`)
  },
  there_with_plural: (choose) => {
    const noun = choose(beings).plural
    const good = choose(["many", "several", "few", "two", "three", "no", "some"])
    const bad = choose(["all", "most", "both"])
    const be = choose(["were", "are"])
    const setting = choose(settings)
    return contrast((pick) => `there ${be} ${pick(good, bad)} ${noun} ${setting}`)
  },
  there_after_quantifier: (choose) => {
    const noun = choose(beings)
    const setting = choose(settings)
    const phrase = choose([
      { subject: `every ${noun.singular}`, be: "was" },
      { subject: `each ${noun.singular}`, be: "was" },
      { subject: `both ${noun.plural}`, be: "were" },
      { subject: `most ${noun.plural}`, be: "were" }
    ])
    return contrast((pick) =>
      `${setting} ${pick(`${phrase.subject} ${phrase.be} there`, `there ${phrase.be} ${phrase.subject}`)}`
    )
  },
  superlative_under_no: (choose) => {
    const subject = choose(people).singular
    const { past } = choose(counting)
    const numeral = choose(numerals)
    const object = choose(portables).plural
    const bad = choose(["at least", "at most"])
    return contrast((pick) => `no ${subject} ${past} ${pick("more than", bad)} ${numeral} ${object}`)
  },
  subject_of_superlative: (choose) => {
    const subject = choose(people).singular
    const { past } = choose(counting)
    const numeral = choose(numerals)
    const object = choose(portables).plural
    const superlative = choose(["at least", "at most"])
    const good = choose([`some ${subject}`, `every ${subject}`, `the ${subject}`, a(subject)])
    return contrast((pick) => `${pick(good, `no ${subject}`)} ${past} ${superlative} ${numeral} ${object}`)
  }
})
