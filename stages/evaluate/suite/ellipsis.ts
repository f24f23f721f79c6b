/** What may be left out of a second clause, and what must stay. */
import { portables, strictlyTransitive, thingAdjectives, verbs } from "./lexicon.ts"
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
/** "Mary saw her" is a sentence of its own. */
const withoutReading = possessives.filter(({ before }) => before !== "her")
const acquiring = verbs("see find take bring keep carry receive choose steal want")

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
  possessive_with_and_without_noun: (choose) => {
    const { past } = choose(acquiring)
    const [one, two] = [someone(choose).text, someone(choose).text]
    const noun = choose(portables).singular
    const [first, second] = [choose(possessives), choose(withoutReading)]
    // Half of the pairs lack the noun where it is due, half have it where it is not; old books allow "mine enemy".
    return first.before !== "my" && choose([true, false])
      ? contrast((pick) =>
        `${one} ${past} ${pick(first.before, first.alone)} ${noun} and ${two} ${past} ${second.alone}`
      )
      : contrast((pick) =>
        `${one} ${past} ${first.before} ${noun} and ${two} ${past} ${pick(second.alone, second.before)}`
      )
  },
  verb_phrase_after_and: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const { past } = choose(strictlyTransitive)
    const noun = choose(portables).singular
    return contrast((pick) => `${one} ${past} the ${noun} and ${two} ${pick("did", past)} too`)
  },
  verb_phrase_after_but: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const { past, participle } = choose(strictlyTransitive)
    const noun = choose(portables).singular
    return contrast((pick) => `${one} had not ${participle} the ${noun} but ${two} ${pick("had", past)}`)
  }
})
