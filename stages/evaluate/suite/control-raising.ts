/** Raising verbs lend their subject place to "there" and "it"; control verbs need somebody there. */
import { people, settings, strictlyTransitive, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import type { Choose } from "./paradigm.ts"
import { a, someone, something } from "./phrases.ts"

const raising = ["seemed", "appeared", "happened", "began", "continued", "proved"]
const control = ["tried", "wished", "wanted", "hoped", "refused", "learned", "asked", "sought", "meant", "loved"]
const raisingWithIt = ["seemed", "appeared", "happened", "proved"]
const raisingAdjectives = ["likely", "certain", "sure", "bound"]
const controlAdjectives = ["eager", "willing", "able", "anxious"]
const raisingToObject = verbs("believe suppose imagine expect declare understand").map((verb) => verb.past)
const controlOfObject = verbs("persuade force oblige tell teach").map((verb) => verb.past)
const tough = ["easy", "hard", "difficult", "impossible", "dangerous", "pleasant"]
/** A stranded preposition leaves no doubt of a missing object: "eager to carry" might do, "eager to look at" not. */
const approaches = ["find", "speak to", "talk to", "look at", "live with", "laugh at", "wait for", "walk with"]
const facts = ["true", "certain", "strange", "clear", "possible", "impossible", "known", "likely"]

const fact = (choose: Choose): string => {
  const { text } = someone(choose)
  return `${choose(facts)} that ${text} had ${choose(strictlyTransitive).participle} ${something(choose)}`
}
const presence = (choose: Choose): string => `${a(choose(people).singular)} ${choose(settings)}`

export const controlRaising = phenomenon("control_raising", {
  there_as_subject_of_verb: (choose) => {
    const [good, bad] = [choose(raising), choose(control)]
    const rest = presence(choose)
    return contrast((pick) => `there ${pick(good, bad)} to be ${rest}`)
  },
  there_as_subject_of_adjective: (choose) => {
    const [good, bad] = [choose(raisingAdjectives), choose(controlAdjectives)]
    const be = choose(["is", "was"])
    const rest = presence(choose)
    return contrast((pick) => `there ${be} ${pick(good, bad)} to be ${rest}`)
  },
  it_as_subject: (choose) => {
    const [good, bad] = [choose(raisingWithIt), choose(control)]
    const rest = fact(choose)
    return contrast((pick) => `it ${pick(good, bad)} to be ${rest}`)
  },
  there_as_object: (choose) => {
    const { text } = someone(choose)
    const [good, bad] = [choose(raisingToObject), choose(controlOfObject)]
    const rest = presence(choose)
    return contrast((pick) => `${text} ${pick(good, bad)} there to be ${rest}`)
  },
  it_as_object: (choose) => {
    const { text } = someone(choose)
    const [good, bad] = [choose(raisingToObject), choose(controlOfObject)]
    const rest = fact(choose)
    return contrast((pick) => `${text} ${pick(good, bad)} it to be ${rest}`)
  },
  tough_without_object: (choose) => {
    const { text } = someone(choose)
    const [good, bad] = [choose(tough), choose([...raisingAdjectives, ...controlAdjectives])]
    const approach = choose(approaches)
    return contrast((pick) => `${text} was ${pick(good, bad)} to ${approach}`)
  },
  raising_with_object: (choose) => {
    const { text } = someone(choose)
    const [good, bad] = [choose([...raisingAdjectives, ...controlAdjectives]), choose(tough)]
    const approach = choose(approaches)
    const object = someone(choose).text
    return contrast((pick) => `${text} was ${pick(good, bad)} to ${approach} ${object}`)
  }
})
