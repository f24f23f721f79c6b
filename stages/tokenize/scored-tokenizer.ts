/**
 * llama2.c's tokenizer: a vocabulary of pieces with scores, as SentencePiece's BPE has them. A text gets a space in front,
 * is cut into characters, or bytes where a character is no piece, and neighbours whose join has the highest score are
 * joined until none can be.
 *
 * File (tokenizer.bin of github.com/karpathy/llama2.c): int32 length of the longest piece, then for each id float32
 * score, int32 length, bytes. Ids 3 to 258 are the bytes 0 to 255.
 */
const firstByte = 3

export class ScoredTokenizer {
  readonly #ids = new Map<string, number>()
  readonly #scores: Array<number> = []
  readonly #words = new Map<string, ReadonlyArray<number>>()
  /** Whether spaces stand at the beginning of pieces only, so that no join crosses one. */
  readonly #cut: boolean

  constructor(file: Uint8Array) {
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
    try {
      for (let at = 4; at < file.length;) {
        const length = view.getInt32(at + 4, true)
        const piece = decoder.decode(file.subarray(at + 8, at + 8 + length))
        if (!this.#ids.has(piece)) this.#ids.set(piece, this.#scores.length)
        this.#scores.push(view.getFloat32(at, true))
        at += 8 + length
      }
    } catch (cause) {
      throw new Error("not a llama2.c tokenizer, or cut off", { cause })
    }
    this.#cut = [...this.#ids.keys()].slice(firstByte).every((piece) => piece.lastIndexOf(" ") <= 0)
  }

  /** Ids of a text, without one for its beginning. */
  encode(text: string): Int32Array {
    if (text === "") return new Int32Array(0)
    const words = this.#cut ? ` ${text}`.split(/(?= )/) : [` ${text}`]
    return Int32Array.from(words.flatMap((word) => {
      const known = this.#words.get(word) ?? this.#join(word)
      if (this.#cut && this.#words.size < 100_000) this.#words.set(word, known)
      return known
    }))
  }

  /** Id of a piece, such as "\n<s>\n". */
  idOf(piece: string): number | undefined {
    return this.#ids.get(piece)
  }

  #join(word: string): ReadonlyArray<number> {
    const pieces = Array.from(word).flatMap((character): Array<{ id: number; text: string }> => {
      const id = this.#ids.get(character)
      return id === undefined
        ? Array.from(new TextEncoder().encode(character), (byte) => ({ id: byte + firstByte, text: `<${byte}>` }))
        : [{ id, text: character }]
    })
    for (;;) {
      let [best, where, joined] = [-Infinity, -1, -1]
      for (let at = 0; at + 1 < pieces.length; at++) {
        const id = this.#ids.get(pieces[at]!.text + pieces[at + 1]!.text)
        if (id !== undefined && this.#scores[id]! > best) [best, where, joined] = [this.#scores[id]!, at, id]
      }
      if (where === -1) return pieces.map(({ id }) => id)
      pieces.splice(where, 2, { id: joined, text: pieces[where]!.text + pieces[where + 1]!.text })
    }
  }
}
