/** "Ever" and "any" need a negation, a question or "only" above them. */
import { dealings, handlings, people, portables, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import type { Choose } from "./paradigm.ts"
import { a, someone, theOne } from "./phrases.ts"

const affirmations = ["now", "also", "indeed", "surely", "then", "already"]
const once = ["never", "often", "already", "once", "now", "just"]
const openings = ["in the city", "in the village", "in the house", "at that time", "in those days", "till then"]
const licensed = verbs("see find take bring keep carry steal choose receive")

/** "ever taken a ring", "taken any ring": what only a licensed clause may hold after "had". */
const sensitive = (choose: Choose): string => {
  const { participle } = choose(licensed)
  const noun = choose(portables)
  return choose([`ever ${participle} ${a(noun.singular)}`, `${participle} any ${choose([noun.singular, noun.plural])}`])
}

export const npiLicensing = phenomenon("npi_licensing", {
  any_under_negation: (choose) => {
    const { text } = someone(choose)
    const { participle } = choose(licensed)
    const noun = choose(portables)
    const object = choose([noun.singular, noun.plural])
    const bad = choose(affirmations)
    const have = choose(["has", "had"])
    const good = choose(["not", "never", "hardly", "scarcely"])
    return contrast((pick) => `${text} ${have} ${pick(good, bad)} ${participle} any ${object}`)
  },
  ever_under_negation: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const { participle } = choose(dealings)
    const bad = choose(affirmations)
    const have = choose(["has", "had"])
    const good = choose(["not", "hardly", "scarcely"])
    return contrast((pick) => `${one} ${have} ${pick(good, bad)} ever ${participle} ${two}`)
  },
  ever_affirmed: (choose) => {
    const { text } = someone(choose)
    const { participle } = choose(handlings)
    const object = a(choose(portables).singular)
    const good = choose(once)
    const have = choose(["has", "had"])
    return contrast((pick) => `${text} ${have} ${pick(good, "ever")} ${participle} ${object}`)
  },
  under_no: (choose) => {
    const noun = choose(people).singular
    const rest = sensitive(choose)
    const bad = choose([`some ${noun}`, `every ${noun}`, `the ${noun}`, a(noun)])
    return contrast((pick) => `${pick(`no ${noun}`, bad)} had ${rest}`)
  },
  under_only: (choose) => {
    const { text } = someone(choose)
    const rest = sensitive(choose)
    const bad = choose(["even", "perhaps", "surely", "now", "then"])
    return contrast((pick) => `${pick("only", bad)} ${text} had ${rest}`)
  },
  scope_of_only: (choose) => {
    const [subject, inner] = [theOne(choose), someone(choose).text]
    const { past } = choose(dealings)
    const rest = sensitive(choose)
    // A sentence's first token is not scored: an opening keeps the words of both orders in what is.
    const opening = choose(openings)
    return contrast((pick) =>
      `${opening} ${pick(`only ${subject} whom ${inner}`, `${subject} whom only ${inner}`)} ${past} had ${rest}`
    )
  },
  scope_of_negation: (choose) => {
    const [subject, inner] = [theOne(choose), someone(choose).text]
    const { participle } = choose(dealings)
    const rest = sensitive(choose)
    return contrast((pick) =>
      `${subject} who had ${pick("", "not")} ${participle} ${inner} had ${pick("not", "")} ${rest}`
    )
  },
  in_question: (choose) => {
    const { text } = someone(choose)
    const rest = sensitive(choose)
    return contrast((pick) => `${pick(`had ${text}`, `${text} had`)} ${rest}${pick("?", "")}`)
  }
})
