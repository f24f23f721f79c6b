/** Cuts a text that is longer than the model reads. */

/** A stretch of a text that is read at once. */
export interface Window {
  readonly tokens: Int32Array
  /** Log-probabilities of the window that belong to tokens an earlier window has scored. */
  readonly known: number
}

/**
 * Windows of at most `length` tokens. Without a stride there is one, the text's beginning. With one, windows begin a
 * stride apart until the text's end is read: every token but the text's first is scored once, from the second window on
 * with at least length − stride tokens before it. The stride is less than the length, so that none falls in between.
 */
export const windowsOf = (text: Int32Array, length: number, stride: number | null): ReadonlyArray<Window> => {
  if (stride === null || text.length <= length) return [{ tokens: text.slice(0, length), known: 0 }]
  if (stride >= length) throw new RangeError(`windows of ${length} tokens must begin less than ${stride} tokens apart`)
  const windows: Array<Window> = []
  for (let start = 0, scored = 1; scored < text.length; start += stride) {
    const end = Math.min(start + length, text.length)
    windows.push({ tokens: text.slice(start, end), known: scored - start - 1 })
    scored = end
  }
  return windows
}

/** What the windows of one text score of it, in order. */
export const joined = (windows: ReadonlyArray<Window>, scores: ReadonlyArray<Float32Array>): Float32Array => {
  const parts = windows.map(({ known }, at) => scores[at]!.subarray(known))
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
