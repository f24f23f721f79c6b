/** Counts the words of the training split. */

/** Letters and inner apostrophes. */
const pattern = /\p{L}+(?:['’]\p{L}+)*/gu

export class WordList {
  readonly #counts = new Map<string, number>()

  add(text: string): void {
    for (const word of text.match(pattern) ?? []) this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1)
  }

  /** Words and their occurrences: the most frequent first, equals in the order of their UTF-16 code units. */
  columns(): { readonly word: ReadonlyArray<string>; readonly count: Int32Array } {
    const sorted = [...this.#counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    return { word: sorted.map(([word]) => word), count: Int32Array.from(sorted, ([, count]) => count) }
  }
}
