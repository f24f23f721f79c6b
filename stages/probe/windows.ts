/** The fixed batch of held-out text that every checkpoint is probed on. */
import { wholeRuns } from "../../model/probe.ts"
import type { Columns } from "../../schemas/table.ts"
import type { HeldOut } from "../../schemas/tables.ts"

/**
 * Up to `sequences` windows of length + 1 tokens that do not overlap in what they predict, spread evenly over all there
 * are, in order; fewer by less than one run where runs do not come out even.
 */
export const windows = (
  { text, token }: Pick<Columns<typeof HeldOut>, "text" | "token">,
  { length, sequences }: { readonly length: number; readonly sequences: number }
): ReadonlyArray<Int32Array> => {
  const starts: Array<number> = []
  for (let from = 0; from < text.length;) {
    let end = from
    while (end < text.length && text[end] === text[from]) end++
    for (let at = from; at + length < end; at += length) starts.push(at)
    from = end
  }
  if (starts.length === 0) {
    throw new Error(
      `no held-out text has ${length + 1} tokens, which a window for activations and gradients takes: lower ` +
        "analysis.probe.length"
    )
  }
  const count = wholeRuns(Math.min(sequences, starts.length), length)
  return Array.from({ length: count }, (_, at) => {
    const start = starts[Math.floor(at * starts.length / count)]!
    return token.slice(start, start + length + 1)
  })
}
