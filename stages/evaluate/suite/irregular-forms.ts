/** Irregular verbs: the past tense is not the participle. */
import { people, portables, settings, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import type { Choose } from "./paradigm.ts"
import { someone } from "./phrases.ts"

const list = (text: string): ReadonlyArray<string> => text.split(",").map((item) => item.trim())
const theThing = (choose: Choose): string => `the ${choose(portables).singular}`

/** What may follow a verb. */
const complements: Readonly<Record<string, (choose: Choose) => string>> = {
  see: (choose) => `the ${choose([...portables, ...people]).singular}`,
  take: theThing,
  steal: theThing,
  choose: theThing,
  draw: (choose) => choose(list("the sword, a picture, the boat to the shore, near to the fire")),
  give: (choose) => `${theThing(choose)} to the ${choose(people).singular}`,
  throw: (choose) => `${theThing(choose)} ${choose(list("away, into the river, into the fire"))}`,
  write: (choose) => choose(list("a letter, the letter, a book, the book, the song, the name")),
  break: (choose) => choose(list("the cup, the lamp, the box, the chair, the window, the law, the bread")),
  speak: (choose) => choose(list("the truth, the word, to the crowd, to the people, of the ship, with the judge")),
  eat: (choose) => choose(list("the bread, the meat, the fruit, the fish, the corn")),
  sing: (choose) => choose(list("the song, a song, in the garden, in the street")),
  fall: (choose) => choose(list("into the river, to the ground, into the sea, from the tree, from the horse")),
  rise: (choose) => choose(list("from the bed, from the table, from the ground, early in the morning, from the chair")),
  go: (choose) => choose(list("into the house, to the city, home, away, into the garden, to the river, to the sea")),
  drive: (choose) => choose(list("the horse, the sheep, the oxen, the cattle, to the city")),
  tear: (choose) => choose(list("the letter, the coat, the book, the paper")),
  shake: (choose) => choose(list("the tree, the box, the wall, the house")),
  know: (choose) => choose(list("the truth, the way, the country, the name, the place, the story")),
  grow: (choose) => choose(list("old, weak, angry, pale, tired, rich, strong")),
  begin: (choose) => choose(list("the work, the song, the story, the journey, the letter")),
  forget: (choose) => choose(list("the name, the story, the way, the song, the letter"))
}
// Old books have "had broke", "had forgot", "had wrote" and "had shook" beside the participle.
const oldDoublets = ["break", "forget", "write", "shake"]
const tensed = verbs(Object.keys(complements).join(" "))
const perfect = tensed.filter((verb) => !oldDoublets.includes(verb.base))

/** Participles that stand before a noun, with nouns they suit. */
const attributes = [
  { verb: verbs("break")[0]!, nouns: list("cup, lamp, box, chair, window, bell, wheel, sword, heart, ring") },
  { verb: verbs("steal")[0]!, nouns: list("horse, money, gold, book, ring, crown, key, lamb, sword, letter") },
  { verb: verbs("write")[0]!, nouns: list("word, law, letter, story, name, paper") },
  { verb: verbs("choose")[0]!, nouns: list("captain, place, friend, servant, priest, land, way, people") },
  { verb: verbs("draw")[0]!, nouns: list("sword, knife") },
  { verb: verbs("tear")[0]!, nouns: list("coat, letter, book, dress, paper, sail") },
  { verb: verbs("speak")[0]!, nouns: list("word, language") },
  { verb: verbs("wear")[0]!, nouns: list("coat, hat, stone, dress, book") },
  { verb: verbs("throw")[0]!, nouns: list("stone, spear, knife") }
]

/** What may be said to have been broken, written and so on. */
const patients = [
  ...attributes
    .filter(({ verb }) => !oldDoublets.includes(verb.base))
    .map(({ nouns, verb }) => ({ verb, object: nouns })),
  { verb: verbs("see")[0]!, object: list("ship, light, lion, fire, stranger, star") },
  { verb: verbs("take")[0]!, object: list("town, book, prisoner, sword, ring, money, ship") },
  { verb: verbs("give")[0]!, object: list("letter, ring, sword, crown, key, word, money") },
  { verb: verbs("eat")[0]!, object: list("bread, meat, fruit, fish, corn") },
  { verb: verbs("drive")[0]!, object: list("horse, ox, carriage") }
]

export const irregularForms = phenomenon("irregular_forms", {
  past_tense: (choose) => {
    const { text } = someone(choose)
    const { base, past, participle } = choose(tensed)
    const complement = complements[base]!(choose)
    return contrast((pick) => `${text} ${pick(past, participle)} ${complement}`)
  },
  perfect_participle: (choose) => {
    const { text } = someone(choose)
    const { base, past, participle } = choose(perfect)
    const complement = complements[base]!(choose)
    const have = choose(["has", "had"])
    return contrast((pick) => `${text} ${have} ${pick(participle, past)} ${complement}`)
  },
  passive_participle: (choose) => {
    const { object, verb } = choose(patients)
    const patient = choose(object)
    const { text } = someone(choose)
    const end = choose(["", `by ${text}`, ...settings])
    const be = choose(["was", "had been"])
    return contrast((pick) => `the ${patient} ${be} ${pick(verb.participle, verb.past)} ${end}`)
  },
  participle_before_noun: (choose) => {
    const { nouns, verb } = choose(attributes)
    const noun = choose(nouns)
    const { text } = someone(choose)
    const clause = choose([`${text} saw the`, `${text} found the`, `${text} remembered the`])
    const end = choose(["", ...settings])
    return contrast((pick) => `${clause} ${pick(verb.participle, verb.past)} ${noun} ${end}`)
  }
})
