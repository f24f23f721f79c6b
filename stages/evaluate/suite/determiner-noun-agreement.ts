/** Determiners agree with their nouns in number. */
import {
  goods,
  irregularAnimals,
  irregularPeople,
  irregularThings,
  numbers,
  personAdjectives,
  portables,
  regularPeople,
  thingAdjectives,
  verbs
} from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import type { Choose, Make } from "./paradigm.ts"
import { inflect, opposite, someone } from "./phrases.ts"

const demonstratives = [{ singular: "this", plural: "these" }, { singular: "that", plural: "those" }]
const quantities = {
  singular: ["every", "each", "one", "another"],
  plural: ["many", "several", "few", "two", "three", "four"]
} as const

// No verb here takes a clause: "saw that kings" might go on, "admired that kings" may not.
const met = verbs(
  "love hate follow help call watch serve leave meet praise visit teach kill strike touch save comfort admire"
)
const handled = verbs("take bring keep carry lift receive catch hold choose touch steal")
const regarded = verbs("love hate admire touch visit leave")
const regular = [
  { verbs: handled, nouns: portables, adjectives: thingAdjectives },
  { verbs: regarded, nouns: goods, adjectives: thingAdjectives },
  { verbs: met, nouns: regularPeople, adjectives: personAdjectives }
]
const irregular = [
  { verbs: met, nouns: irregularPeople, adjectives: personAdjectives },
  {
    verbs: verbs("catch hold touch leave watch"),
    nouns: irregularAnimals,
    adjectives: ["old", "young", "black", "great"]
  },
  {
    verbs: verbs("touch hold wash admire"),
    nouns: irregularThings,
    adjectives: ["small", "large", "white", "little"]
  }
]

const scene = (choose: Choose, scenes: typeof regular, withAdjective: boolean) => {
  const { adjectives, nouns, verbs } = choose(scenes)
  return {
    clause: `${someone(choose).text} ${choose(verbs).past}`,
    noun: choose(nouns),
    number: choose(numbers),
    adjective: withAdjective ? choose(adjectives) : ""
  }
}

const nounAfterDemonstrative = (scenes: typeof regular, withAdjective = false): Make => (choose) => {
  const { adjective, clause, noun, number } = scene(choose, scenes, withAdjective)
  const determiner = choose(demonstratives)[number]
  return contrast((pick) =>
    `${clause} ${determiner} ${adjective} ${pick(inflect(noun, number), inflect(noun, opposite(number)))}`
  )
}

const demonstrativeBeforeNoun = (scenes: typeof regular, withAdjective = false): Make => (choose) => {
  const { adjective, clause, noun, number } = scene(choose, scenes, withAdjective)
  const determiner = choose(demonstratives)
  return contrast((pick) =>
    `${clause} ${pick(determiner[number], determiner[opposite(number)])} ${adjective} ${inflect(noun, number)}`
  )
}

export const determinerNounAgreement = phenomenon("determiner_noun_agreement", {
  noun_after_demonstrative: nounAfterDemonstrative(regular),
  demonstrative_before_noun: demonstrativeBeforeNoun(regular),
  irregular_noun_after_demonstrative: nounAfterDemonstrative(irregular),
  demonstrative_before_irregular_noun: demonstrativeBeforeNoun(irregular),
  noun_after_demonstrative_and_adjective: nounAfterDemonstrative(regular, true),
  demonstrative_before_adjective_and_noun: demonstrativeBeforeNoun(regular, true),
  irregular_noun_after_demonstrative_and_adjective: nounAfterDemonstrative(irregular, true),
  noun_after_quantity: (choose) => {
    const { clause, noun, number } = scene(choose, regular, false)
    const quantity = choose(quantities[number])
    return contrast((pick) => `${clause} ${quantity} ${pick(inflect(noun, number), inflect(noun, opposite(number)))}`)
  }
})
