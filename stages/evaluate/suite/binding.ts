/** Where the antecedent of a reflexive may stand: in its own clause, and not inside the subject (principle A). */
import { genders, handlings, men, other, reflexives, settings, verbs, women } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { someone, something } from "./phrases.ts"

const onPeople = verbs("see love hate fear kill save deceive comfort admire forget praise wound")
const saying = verbs("say think believe know declare hope remember")
const relatives = {
  masculine: ["father", "brother", "son", "husband"],
  feminine: ["mother", "sister", "daughter", "wife"]
} as const
const pronouns = {
  masculine: { subject: "he", object: "him" },
  feminine: { subject: "she", object: "her" }
} as const
/** What one may see oneself doing; past and present participle are two words, and neither is a passive. */
const doing = verbs("go fall run walk take give write speak sing eat drink rise come")
const objects: Readonly<Record<string, ReadonlyArray<string>>> = {
  take: ["the crown", "the ring", "the sword"],
  give: ["the crown to a stranger", "the sword to a boy", "the money to a widow"],
  write: ["a letter", "a book"],
  speak: ["to the crowd", "to the people"],
  sing: ["a song"],
  eat: ["the bread", "the meat"],
  drink: ["the wine", "the water"]
}

export const binding = phenomenon("binding", {
  antecedent_inside_subject: (choose) => {
    const gender = choose(genders)
    const relative = choose(relatives[gender])
    const possessor = someone(choose, other[gender]).text
    const { past, participle } = choose(onPeople)
    const did = choose([past, `had ${participle}`])
    return contrast((pick) =>
      `the ${relative} of ${possessor} ${did} ${pick(reflexives[gender], reflexives[other[gender]])}`
    )
  },
  antecedent_inside_relative_clause: (choose) => {
    const gender = choose(genders)
    const noun = choose(gender === "masculine" ? men : women).singular
    const mentioned = someone(choose, other[gender]).text
    const clause = choose(onPeople).past
    const { past } = choose(onPeople)
    return contrast((pick) =>
      `the ${noun} who ${clause} ${mentioned} ${past} ${pick(reflexives[gender], reflexives[other[gender]])}`
    )
  },
  reflexive_as_subject: (choose) => {
    const { gender, text } = someone(choose)
    const said = choose(saying).past
    const { participle } = choose(handlings)
    const object = something(choose)
    return contrast((pick) =>
      `${text} ${said} that ${pick(pronouns[gender].subject, reflexives[gender])} had ${participle} ${object}`
    )
  },
  reflexive_before_finite_verb: (choose) => {
    const { gender, text } = someone(choose)
    const saw = choose(["saw", "imagined", "heard", "watched"])
    const { base, past, progressive } = choose(doing)
    const end = choose(objects[base] ?? settings)
    return contrast((pick) => `${text} ${saw} ${reflexives[gender]} ${pick(progressive, past)} ${end}`)
  },
  antecedent_beyond_clause: (choose) => {
    const speaker = someone(choose)
    const subject = someone(choose, other[speaker.gender])
    const said = choose(saying).past
    const { participle } = choose(onPeople)
    return contrast((pick) =>
      `${speaker.text} ${said} that ${subject.text} had ${participle} ${
        pick(pronouns[speaker.gender].object, reflexives[speaker.gender])
      }`
    )
  },
  antecedent_of_embedded_reflexive: (choose) => {
    const speaker = someone(choose)
    const subject = someone(choose, other[speaker.gender])
    const said = choose(saying).past
    const { participle } = choose(onPeople)
    return contrast((pick) =>
      `${speaker.text} ${said} that ${subject.text} had ${participle} ${
        pick(reflexives[subject.gender], reflexives[speaker.gender])
      }`
    )
  },
  antecedents_exchanged: (choose) => {
    const one = someone(choose)
    const two = someone(choose, other[one.gender])
    const said = choose(saying).past
    const { participle } = choose(onPeople)
    return contrast((pick) =>
      `${pick(one.text, two.text)} ${said} that ${pick(two.text, one.text)} had ${participle} ${reflexives[two.gender]}`
    )
  },
  reflexive_in_cleft: (choose) => {
    const { gender, text } = someone(choose)
    const { past, participle } = choose(onPeople)
    const did = choose([past, `had ${participle}`])
    return contrast((pick) => `it was ${reflexives[gender]} that ${pick(`${text} ${did}`, `${did} ${text}`)}`)
  }
})
