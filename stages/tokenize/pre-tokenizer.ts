/**
 * GPT-2's cut of text into words, which merges never cross (Radford et al. 2019).
 *
 * White space is Unicode's White_Space property: JavaScript's \s differs from it in U+0085 and U+FEFF.
 */
const pattern = new RegExp(
  [
    "'s|'t|'re|'ve|'m|'ll|'d",
    " ?\\p{L}+",
    " ?\\p{N}+",
    " ?[^\\p{White_Space}\\p{L}\\p{N}]+",
    // White space before a word leaves its last space to the word.
    "\\p{White_Space}+(?!\\P{White_Space})",
    "\\p{White_Space}+"
  ].join("|"),
  "gu"
)

/** Words of a text, in order; joined they are the text. */
export const preTokens = (text: string): ReadonlyArray<string> => text.match(pattern) ?? []
