/** What may be left out of a second clause, and what must stay. */
import { goods, portables, thingAdjectives, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { someone } from "./phrases.ts"

const numerals = ["two", "three", "four", "five", "six", "seven", "ten", "twenty", "many", "several"]
const possessives = [
  { before: "my", alone: "mine" },
  { before: "your", alone: "yours" },
  { before: "her", alone: "hers" },
  { before: "our", alone: "ours" },
  { before: "their", alone: "theirs" }
]
const possessors = ["my", "your", "his", "her", "our", "their"]
const acquiring = verbs("see find take bring keep carry receive choose steal want")
const needsObject = verbs("find take bring keep carry lift receive admire destroy")

export const ellipsis = phenomenon("ellipsis", {
  adjective_after_numeral: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const { past } = choose(acquiring)
    const noun = choose(portables).plural
    const adjective = choose(thingAdjectives)
    const [first, second] = [choose(numerals), choose(numerals)]
    return contrast((pick) =>
      `${one} ${past} ${first} ${pick(adjective, "")} ${noun} and ${two} ${past} ${second} ${pick("", adjective)}`
    )
  },
  possessive_without_noun: (choose) => {
    const { past } = choose(acquiring)
    const [one, two] = [someone(choose).text, someone(choose).text]
    const noun = choose(goods).singular
    const remnant = choose(possessives)
    const owner = choose(possessors.filter((owner) => owner !== remnant.before))
    return contrast((pick) =>
      `${one} ${past} ${owner} ${noun} and ${two} ${past} ${pick(remnant.alone, remnant.before)}`
    )
  },
  verb_phrase_after_and: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const { past } = choose(needsObject)
    const noun = choose(portables).singular
    return contrast((pick) => `${one} ${past} the ${noun} and ${two} ${pick("did", past)} too`)
  },
  verb_phrase_after_but: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const { past, participle } = choose(needsObject)
    const noun = choose(portables).singular
    return contrast((pick) => `${one} had not ${participle} the ${noun} but ${two} ${pick("had", past)}`)
  }
})
