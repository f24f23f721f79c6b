/** Verbs choose who or what may be their subject and object: only the animate love, thank and are persuaded. */
import { inert, people, portables, verbs } from "./lexicon.ts"
import { contrast, phenomenon } from "./paradigm.ts"
import { someone } from "./phrases.ts"

const ofMinds = verbs("love hate fear forgive praise thank visit admire watch ask remember")
const toMinds = verbs("persuade comfort ask thank forgive teach deceive")
const regards = verbs("love hate fear praise admire watch remember want steal choose")

export const sSelection = phenomenon("s-selection", {
  animate_subject: (choose) => {
    const good = choose(people).singular
    const bad = choose(inert).singular
    const { past } = choose(ofMinds)
    const { text } = someone(choose)
    return contrast((pick) => `the ${pick(good, bad)} ${past} ${text}`)
  },
  animate_object: (choose) => {
    const { text } = someone(choose)
    const { past, participle } = choose(toMinds)
    const did = choose([past, `had ${participle}`])
    const good = choose(people).singular
    const bad = choose(inert).singular
    return contrast((pick) => `${text} ${did} the ${pick(good, bad)}`)
  },
  animate_patient: (choose) => {
    const good = choose(people).singular
    const bad = choose(inert).singular
    const { participle } = choose(toMinds)
    const be = choose(["was", "had been"])
    const { text } = someone(choose)
    return contrast((pick) => `the ${pick(good, bad)} ${be} ${participle} by ${text}`)
  },
  animate_agent: (choose) => {
    const patient = choose(portables).singular
    const { participle } = choose(regards)
    const good = choose(people).singular
    const bad = choose(inert).singular
    return contrast((pick) => `the ${patient} was ${participle} by the ${pick(good, bad)}`)
  }
})
