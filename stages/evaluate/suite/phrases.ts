/** Noun phrases and verb forms that several paradigms use. */
import { feminineNames, genders, masculineNames, men, people, portables, women } from "./lexicon.ts"
import type { Gender, GrammaticalNumber, Noun, Verb } from "./lexicon.ts"
import type { Choose } from "./paradigm.ts"

/** A noun in the number asked for. */
export const inflect = (noun: Noun, number: GrammaticalNumber): string => noun[number]

export const opposite = (number: GrammaticalNumber): GrammaticalNumber => number === "singular" ? "plural" : "singular"

/** The phrase with its indefinite article. */
export const a = (phrase: string): string => (/^[aeiou]/.test(phrase) ? `an ${phrase}` : `a ${phrase}`)

/** Somebody whose gender the words tell: a name, or "the" and a noun. */
export const someone = (choose: Choose, gender: Gender = choose(genders)): { text: string; gender: Gender } => {
  const masculine = gender === "masculine"
  return choose([true, false])
    ? { text: choose(masculine ? masculineNames : feminineNames).name, gender }
    : { text: `the ${choose(masculine ? men : women).singular}`, gender }
}

/** "the" and a noun for one person. */
export const theOne = (choose: Choose): string => `the ${choose(people).singular}`

/** "the" or "a" with a noun for a thing that can be taken. */
export const something = (choose: Choose): string => {
  const { singular } = choose(portables)
  return choose([`the ${singular}`, a(singular)])
}

/** Present, past or perfect of "be" or "have" as the subject's number wants it. */
export const auxiliaries: ReadonlyArray<Readonly<Record<GrammaticalNumber, string>>> = [
  { singular: "is", plural: "are" },
  { singular: "was", plural: "were" },
  { singular: "has been", plural: "have been" }
]

/** Third-person present in the number asked for. */
export const present = (verb: Verb, number: GrammaticalNumber): string => number === "singular" ? verb.third : verb.base
