/** Clauses and phrases out of which nothing may be questioned. Good and bad have the same words, save in the last. */
import { dealings, handlings, people, portables, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { someone, theOne } from "./phrases.ts"

const relations = [
  "the story about",
  "the song about",
  "the book about",
  "the letter about",
  "the news of",
  "the voice of",
  "the death of",
  "the sight of",
  "the thought of",
  "the picture of",
  "the anger of",
  "the love of"
]
const effects = verbs("please surprise trouble comfort deceive save")
const finding = verbs("see find take bring keep carry receive steal want choose")

export const islandEffects = phenomenon("island_effects", {
  adjunct: (choose) => {
    const [asked, object] = [someone(choose).text, someone(choose).text]
    const [main, side] = [choose(dealings).base, choose(dealings).progressive]
    const when = choose(["before", "after", "without"])
    return contrast((pick) =>
      `who did ${asked} ${main} ${pick(`${when} ${side} ${object}`, `${object} ${when} ${side}`)}?`
    )
  },
  relative_clause: (choose) => {
    const [asked, object] = [theOne(choose), theOne(choose)]
    const clause = choose(dealings).past
    const main = choose(finding).base
    return contrast((pick) =>
      `what did ${asked} ${pick(`that ${clause} ${object} ${main}`, `${main} ${object} that ${clause}`)}?`
    )
  },
  coordination: (choose) => {
    const [one, two] = [someone(choose).text, someone(choose).text]
    const [what, list] = choose([["what", finding], ["who", dealings]] as const)
    const { base } = choose(list)
    return contrast((pick) => `${what} did ${one} ${pick(`and ${two} ${base}`, `${base} and ${two}`)}?`)
  },
  left_branch: (choose) => {
    const { text } = someone(choose)
    const [noun, list] = choose([[choose(portables), handlings], [choose(people), dealings]] as const)
    const { base } = choose(list)
    const whose = choose(["whose", "which"])
    return contrast((pick) =>
      `${whose} ${pick(`${noun.singular} did ${text} ${base}`, `did ${text} ${base} ${noun.singular}`)}?`
    )
  },
  subject: (choose) => {
    const relation = choose(relations)
    const person = someone(choose).text
    const { base } = choose(effects)
    return contrast((pick) => `who did ${relation} ${pick(`${person} ${base}`, `${base} ${person}`)}?`)
  },
  question: (choose) => {
    const { text } = someone(choose)
    const knew = choose(verbs("say know hear remember learn discover understand")).base
    const { participle } = choose(finding)
    const subject = choose(["he", "she", "they", "you", "we", someone(choose).text])
    return contrast((pick) => `what did ${text} ${knew} ${pick(subject, "who")} had ${participle}?`)
  }
})
