/** Verbs agree with their subjects in number, whatever stands between them. */
import {
  animals,
  dealings,
  irregularAnimals,
  irregularPeople,
  numbers,
  people,
  personAdjectives,
  regularPeople,
  settings
} from "./lexicon.ts"
import type { Noun } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import type { Make } from "./paradigm.ts"
import { auxiliaries, inflect, opposite, present, someone } from "./phrases.ts"

const regular = [...regularPeople, ...animals]
const irregular = [...irregularPeople, ...irregularAnimals]
const relations = regularPeople.filter(({ singular }) =>
  ["son", "daughter", "brother", "sister", "friend", "servant", "enemy", "companion", "neighbour"].includes(singular)
)
const states = [...personAdjectives, ...settings]
const determiners = ["the", "my", "our", "your", "their"]

const verbAfterNoun = (nouns: ReadonlyArray<Noun>): Make => (choose) => {
  const number = choose(numbers)
  const noun = inflect(choose(nouns), number)
  const auxiliary = choose(auxiliaries)
  const [determiner, state] = [choose(determiners), choose(states)]
  return contrast((pick) => `${determiner} ${noun} ${pick(auxiliary[number], auxiliary[opposite(number)])} ${state}`)
}

const nounBeforeVerb = (nouns: ReadonlyArray<Noun>): Make => (choose) => {
  const number = choose(numbers)
  const noun = choose(nouns)
  const auxiliary = choose(auxiliaries)[number]
  const [determiner, state] = [choose(determiners), choose(states)]
  return contrast((pick) =>
    `${determiner} ${pick(inflect(noun, number), inflect(noun, opposite(number)))} ${auxiliary} ${state}`
  )
}

export const subjectVerbAgreement = phenomenon("subject_verb_agreement", {
  verb_after_regular_noun: verbAfterNoun(regular),
  regular_noun_before_verb: nounBeforeVerb(regular),
  verb_after_irregular_noun: verbAfterNoun(irregular),
  irregular_noun_before_verb: nounBeforeVerb(irregular),
  lexical_verb: (choose) => {
    const number = choose(numbers)
    const noun = inflect(choose(people), number)
    const verb = choose(dealings)
    const { text } = someone(choose)
    return contrast((pick) => `the ${noun} ${pick(present(verb, number), present(verb, opposite(number)))} ${text}`)
  },
  noun_between: (choose) => {
    const number = choose(numbers)
    const relation = inflect(choose(relations), number)
    const distractor = inflect(choose(people), opposite(number))
    const auxiliary = choose(auxiliaries)
    const state = choose(states)
    return contrast((pick) =>
      `the ${relation} of the ${distractor} ${pick(auxiliary[number], auxiliary[opposite(number)])} ${state}`
    )
  },
  relative_clause_between: (choose) => {
    const number = choose(numbers)
    const noun = inflect(choose(people), number)
    const distractor = inflect(choose(people), opposite(number))
    const clause = choose(dealings).past
    const auxiliary = choose(auxiliaries)
    const state = choose(states)
    return contrast((pick) =>
      `the ${noun} who ${clause} the ${distractor} ${pick(auxiliary[number], auxiliary[opposite(number)])} ${state}`
    )
  }
})
