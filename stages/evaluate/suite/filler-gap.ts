/** A question word needs a gap in its clause, and a gap needs a question word. */
import { dealings, people, portables, strictlyTransitive, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { a, someone, theOne } from "./phrases.ts"

/** Verbs that take "what …" and "that …" alike. */
const knowing = verbs("know see hear remember forget discover understand perceive learn")
const ends = ["", "at night", "at noon", "after supper", "before dinner", "at last"]
const circumstances = ["when", "why", "how"]

export const fillerGap = phenomenon("filler_gap_dependency", {
  what_with_gap: (choose) => {
    const [knower, doer] = [someone(choose).text, someone(choose).text]
    const knew = choose(knowing).past
    const { participle } = choose(strictlyTransitive)
    const end = choose(ends)
    return contrast((pick) => `${knower} ${knew} ${pick("what", "that")} ${doer} had ${participle} ${end}`)
  },
  that_without_gap: (choose) => {
    const [knower, doer] = [someone(choose).text, someone(choose).text]
    const knew = choose(knowing).past
    const { participle } = choose(strictlyTransitive)
    const object = choose(portables).singular
    return contrast((pick) => `${knower} ${knew} ${pick("that", "what")} ${doer} had ${participle} the ${object}`)
  },
  what_with_distant_gap: (choose) => {
    const [knower, doer, mentioned] = [someone(choose).text, theOne(choose), someone(choose).text]
    const knew = choose(knowing).past
    const clause = choose(dealings).past
    const { participle } = choose(strictlyTransitive)
    return contrast((pick) =>
      `${knower} ${knew} ${pick("what", "that")} ${doer} who ${clause} ${mentioned} had ${participle}`
    )
  },
  that_without_distant_gap: (choose) => {
    const [knower, doer, mentioned] = [someone(choose).text, theOne(choose), someone(choose).text]
    const knew = choose(knowing).past
    const clause = choose(dealings).past
    const { participle } = choose(strictlyTransitive)
    const object = choose(portables).singular
    return contrast((pick) =>
      `${knower} ${knew} ${pick("that", "what")} ${doer} who ${clause} ${mentioned} had ${participle} the ${object}`
    )
  },
  object_of_relative_clause: (choose) => {
    const [finder, doer] = [someone(choose).text, someone(choose).text]
    const found = choose(verbs("see find remember know forget discover")).past
    const { participle } = choose(strictlyTransitive)
    const object = choose(portables).singular
    return contrast((pick) =>
      `${finder} ${found} ${
        pick(`the ${object} that ${doer} had ${participle}`, `what ${doer} had ${participle} the ${object}`)
      }`
    )
  },
  subject_of_relative_clause: (choose) => {
    const [knower, mentioned] = [someone(choose).text, someone(choose).text]
    const knew = choose(verbs("know see hear remember forget discover")).past
    const subject = a(choose(people).singular)
    const { participle } = choose(dealings)
    return contrast((pick) =>
      `${knower} ${knew} ${pick(`${subject} who`, `who ${subject}`)} had ${participle} ${mentioned}`
    )
  },
  question_with_gap: (choose) => {
    const { text } = someone(choose)
    const { base } = choose(strictlyTransitive)
    const circumstance = choose(circumstances)
    const end = choose(ends)
    return contrast((pick) => `${pick("what", circumstance)} did ${text} ${base} ${end}?`)
  },
  question_without_gap: (choose) => {
    const { text } = someone(choose)
    const { base } = choose(strictlyTransitive)
    const object = choose(portables).singular
    const circumstance = choose(circumstances)
    return contrast((pick) => `${pick(circumstance, "what")} did ${text} ${base} the ${object}?`)
  }
})
