/** Finds tokens that are matched as they stand, before words are cut, e.g. <|endoftext|>. */
import type { AddedToken } from "./tokenizer-json.ts"

/** A run of text, or the id of an added token in its place. */
export type Piece = string | number

const wordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")

/** Cuts text at the given tokens: at the leftmost match, the longest. */
export const splitter = (
  tokens: ReadonlyArray<AddedToken>,
  contentOf: (token: AddedToken) => string = (token) => token.content
): (text: string) => ReadonlyArray<Piece> => {
  const byContent = new Map<string, AddedToken>()
  for (const token of tokens) {
    const content = contentOf(token)
    if (content !== "") byContent.set(content, token)
  }
  if (byContent.size === 0) return (text) => text === "" ? [] : [text]
  const alternatives = [...byContent.keys()].sort((a, b) => b.length - a.length).map(escaped)
  const pattern = new RegExp(alternatives.join("|"), "gu")
  return (text) => {
    const pieces: Array<Piece> = []
    let done = 0
    for (const match of text.matchAll(pattern)) {
      const token = byContent.get(match[0])!
      let start = match.index
      let stop = start + match[0].length
      if (token.single_word) {
        const left = Array.from(text.slice(Math.max(0, start - 2), start)).at(-1)
        const right = text.codePointAt(stop)
        if (left !== undefined && wordCharacter.test(left)) continue
        if (right !== undefined && wordCharacter.test(String.fromCodePoint(right))) continue
      }
      if (token.lstrip) start = Math.max(done, text.slice(0, start).replace(/\p{White_Space}+$/u, "").length)
      if (token.rstrip) stop += /^\p{White_Space}*/u.exec(text.slice(stop))![0].length
      // A token whose white space the one before has taken starts inside it.
      if (start < done) start = done
      if (start > done) pieces.push(text.slice(done, start))
      pieces.push(token.id)
      done = stop
    }
    if (done < text.length) pieces.push(text.slice(done))
    return pieces
  }
}
