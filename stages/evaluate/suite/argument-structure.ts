/** Verbs take the arguments they are made for: an object or none, one or two, and in the passive. */
import { dealings, handlings, people, portables, regularPeople, settings, unergative, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import type { Choose } from "./paradigm.ts"
import { a, someone } from "./phrases.ts"

/** Ends that cannot be read as a particle or an object of the verb before ("took in the garden", "found that day"). */
const plainEnds = ["at night", "at noon", "after supper", "before dinner", "at last", "with joy", "without fear"]
const objectless = verbs("sleep smile laugh tremble die arrive vanish disappear fall go come")
/** Fewer than the lexicon's: mist may lift, and a hostess receive. */
const needsObject = verbs("take bring find keep carry destroy admire")
const cannotBePassive = verbs("sleep smile laugh tremble sigh die arrive vanish disappear remain")
const befalls = verbs("vanish disappear fall arrive come die")
const doneTo = verbs("take bring find carry receive destroy admire")
const slowly = ["", "slowly", "suddenly", "at last", "at night", "again", "in the morning", "in the evening"]

const nouns = (text: string): ReadonlyArray<string> => text.split(" ")

/** Verbs for what a person does to a thing and for what then happens to it, with things of which both are said. */
const alternations = [
  { verbs: verbs("open close"), things: nouns("door gate window box book") },
  { verbs: verbs("move"), things: nouns("stone table chair boat ship gate rock wheel") },
  { verbs: verbs("turn"), things: nouns("key wheel ship boat horse") },
  { verbs: verbs("stop"), things: nouns("wheel ship boat horse bell") },
  { verbs: verbs("burn"), things: nouns("house letter book city village ship picture") },
  { verbs: verbs("break"), things: nouns("cup lamp box chair bell window ring") },
  { verbs: verbs("shake"), things: nouns("tree house wall bed tower") },
  { verbs: verbs("fill"), things: nouns("cup basket box room boat") }
]

const alternation = (choose: Choose) => {
  const { verbs, things } = choose(alternations)
  return { verb: choose(verbs), thing: choose(things) }
}

export const argumentStructure = phenomenon("argument_structure", {
  object_with_intransitive: (choose) => {
    const { text } = someone(choose)
    const object = choose(portables).singular
    const good = choose(handlings).past
    const bad = choose(objectless).past
    const end = choose(["", ...settings])
    return contrast((pick) => `${text} ${pick(good, bad)} the ${object} ${end}`)
  },
  transitive_without_object: (choose) => {
    const { text } = someone(choose)
    const good = choose(objectless).past
    const bad = choose(needsObject).past
    const end = choose(["", ...plainEnds])
    return contrast((pick) => `${text} ${pick(good, bad)} ${end}`)
  },
  passive_with_agent: (choose) => {
    const [list, nouns] = choose([[handlings, portables], [dealings, regularPeople]] as const)
    const { text } = someone(choose)
    const noun = choose(nouns).singular
    const good = choose(list).participle
    const bad = choose(cannotBePassive).participle
    return contrast((pick) => `the ${noun} was ${pick(good, bad)} by ${text}`)
  },
  passive_without_agent: (choose) => {
    const [list, nouns] = choose([[handlings, portables], [dealings, people]] as const)
    const noun = choose(nouns).singular
    const good = choose(list).participle
    const bad = choose(unergative).participle
    const end = choose(["", ...settings])
    return contrast((pick) => `the ${noun} was ${pick(good, bad)} ${end}`)
  },
  causative: (choose) => {
    const { text } = someone(choose)
    const { thing, verb } = alternation(choose)
    const bad = choose(befalls).past
    const end = choose(slowly)
    return contrast((pick) => `${text} ${pick(verb.past, bad)} the ${thing} ${end}`)
  },
  inchoative: (choose) => {
    const { thing, verb } = alternation(choose)
    const bad = choose(doneTo).past
    const end = choose(slowly)
    return contrast((pick) => `the ${thing} ${pick(verb.past, bad)} ${end}`)
  },
  two_objects: (choose) => {
    const { text } = someone(choose)
    const receiver = choose(people).singular
    const object = a(choose(portables).singular)
    const good = choose(verbs("give show send offer promise bring")).past
    const bad = choose(verbs("touch remember admire destroy receive want see")).past
    return contrast((pick) => `${text} ${pick(good, bad)} the ${receiver} ${object}`)
  }
})
