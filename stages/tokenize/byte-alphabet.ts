/**
 * The printable alphabet in which byte-level BPE writes bytes (GPT-2, Radford et al. 2019).
 *
 * Printable Latin-1 bytes stand for themselves; the other 68 are written as U+0100 onwards, so that no token of a
 * vocabulary file holds a space or a control character.
 */

const printable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

const bytes = Array.from({ length: 256 }, (_, byte) => byte)

/** Bytes in the order of their characters' code points, which is the order of their ids in GPT-2's vocabulary. */
export const byteOrder: ReadonlyArray<number> = [
  ...bytes.filter(printable),
  ...bytes.filter((byte) => !printable(byte))
]

/** Character of each byte. */
export const characterOfByte: ReadonlyArray<string> = (() => {
  const characters = bytes.map((byte) => String.fromCharCode(byte))
  bytes.filter((byte) => !printable(byte)).forEach((byte, index) => {
    characters[byte] = String.fromCharCode(0x100 + index)
  })
  return characters
})()

/** Byte of each character of the alphabet. */
export const byteOfCharacter: ReadonlyMap<string, number> = new Map(
  characterOfByte.map((character, byte) => [character, byte])
)

const encoder = new TextEncoder()

/** UTF-8 bytes of a text in the printable alphabet. */
export const toAlphabet = (text: string): string => {
  let out = ""
  for (const byte of encoder.encode(text)) out += characterOfByte[byte]!
  return out
}

/** Bytes of a token, or none where it has a character outside the alphabet. */
export const fromAlphabet = (token: string): Uint8Array | undefined => {
  const out = new Uint8Array(token.length)
  for (let i = 0; i < token.length; i++) {
    const byte = byteOfCharacter.get(token[i]!)
    if (byte === undefined) return undefined
    out[i] = byte
  }
  return out
}
