/** A reflexive agrees with its antecedent in gender, number and person. */
import { men, numbers, other, reflexives, settings, times, verbs, women } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { inflect, someone } from "./phrases.ts"

const actsOnOneself = verbs("see love hate fear kill save deceive comfort admire forget praise hurt wound teach ask")
const ends = ["", ...settings, ...times]

const persons = [
  { pronoun: "I", reflexive: "myself" },
  { pronoun: "you", reflexive: "yourself" },
  { pronoun: "he", reflexive: "himself" },
  { pronoun: "she", reflexive: "herself" },
  { pronoun: "we", reflexive: "ourselves" },
  { pronoun: "they", reflexive: "themselves" }
]

export const anaphorAgreement = phenomenon("anaphor_agreement", {
  reflexive_gender: (choose) => {
    const { text, gender } = someone(choose)
    const { past, participle } = choose(actsOnOneself)
    const did = choose([past, `had ${participle}`])
    const end = choose(ends)
    return contrast((pick) => `${text} ${did} ${pick(reflexives[gender], reflexives[other[gender]])} ${end}`)
  },
  reflexive_number: (choose) => {
    const number = choose(numbers)
    const noun = choose(choose([men, women]))
    const singular = reflexives[noun.gender!]
    const { past } = choose(actsOnOneself)
    const end = choose(ends)
    return contrast((pick) =>
      `the ${inflect(noun, number)} ${past} ${
        number === "singular" ? pick(singular, "themselves") : pick("themselves", singular)
      } ${end}`
    )
  },
  reflexive_person: (choose) => {
    const { pronoun, reflexive } = choose(persons)
    const wrong = choose(persons).reflexive
    const { past } = choose(actsOnOneself)
    const end = choose(ends)
    return contrast((pick) => `${pronoun} ${past} ${pick(reflexive, wrong)} ${end}`)
  },
  reflexive_after_preposition: (choose) => {
    const { text, gender } = someone(choose)
    const did = choose(["spoke of", "thought of", "laughed at", "looked at", "spoke to", "talked to", "talked of"])
    const end = choose(ends)
    return contrast((pick) => `${text} ${did} ${pick(reflexives[gender], reflexives[other[gender]])} ${end}`)
  }
})
