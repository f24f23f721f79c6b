/** Turns hard-wrapped lines into paragraphs. */

/** How lines relate to paragraphs. */
export type Layout =
  /** Line ends are spaces; a paragraph of indented lines only is a poem and keeps them. */
  | { readonly kind: "prose" }
  /** Line ends are kept, except before a line that carries on the one above. */
  | { readonly kind: "verse"; readonly continuation?: RegExp }

const clean = (line: string): string => line.replaceAll("_", "").replace(/[\s\p{Cc}]+/gu, " ").trim()

/** Joins two lines of a sentence; after or before a dash, and in a hyphenated word, without a space. */
const joined = (above: string, below: string): string =>
  above.endsWith("-") || below.startsWith("--") ? above + below : `${above} ${below}`

const isIllustration = (block: ReadonlyArray<string>): boolean => /^\s*\[Illustration/.test(block[0]!)

const paragraph = (block: ReadonlyArray<string>, layout: Layout): string => {
  const isPoem = block.length > 1 && block.every((line) => /^ {4}/.test(line))
  const keepsLines = layout.kind === "verse" || isPoem
  const continuation = layout.kind === "verse" ? layout.continuation : undefined
  return block.reduce((text, line) => {
    const cleaned = clean(line)
    if (text === "") return cleaned
    return keepsLines && !continuation?.test(line) ? `${text}\n${cleaned}` : joined(text, cleaned)
  }, "")
}

/** Paragraphs, which blank lines end; ornaments (no letter, no digit) and captions of illustrations are left out. */
export const paragraphs = (lines: ReadonlyArray<string>, layout: Layout): ReadonlyArray<string> => {
  const blocks: Array<Array<string>> = [[]]
  for (const line of lines) {
    if (line.trim() === "") blocks.push([])
    else blocks.at(-1)!.push(line)
  }
  return blocks.filter((block) => block.length > 0 && !isIllustration(block))
    .map((block) => paragraph(block, layout))
    .filter((text) => /[\p{L}\p{N}]/u.test(text))
}

/** What stands between paragraphs in a document. */
export const paragraphBreak = "\n\n"
