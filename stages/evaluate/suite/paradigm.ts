/** A paradigm: a way to draw one minimal pair after another. */

export interface Pair {
  readonly good: string
  readonly bad: string
}

/** Draws entries from lists; an entry of the lexicon (an object) comes at most once in a pair. */
export interface Choose {
  <A>(list: ReadonlyArray<A>): A
}

export type Make = (choose: Choose) => Pair

export interface Paradigm {
  /** BLiMP's linguistics_term. */
  readonly phenomenon: string
  readonly name: string
  readonly make: Make
}

/** The paradigms of one phenomenon, in the order written. */
export const phenomenon = (name: string, paradigms: Readonly<Record<string, Make>>): ReadonlyArray<Paradigm> =>
  Object.entries(paradigms).map(([paradigm, make]) => ({ phenomenon: name, name: paradigm, make }))

const finish = (text: string): string => {
  const words = text.trim().replace(/\s+/g, " ").replace(" ?", "?")
  const sentence = words.charAt(0).toUpperCase() + words.slice(1)
  return sentence.endsWith("?") ? sentence : `${sentence}.`
}

/** Writes a sentence twice: with the acceptable choice wherever the two differ, and with the unacceptable one. */
export const contrast = (write: (pick: (good: string, bad: string) => string) => string): Pair => ({
  good: finish(write((good) => good)),
  bad: finish(write((_, bad) => bad))
})
