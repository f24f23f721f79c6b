/** Suites of minimal pairs, and what they are in words. */

/** A suite that was scored, and what its column is called in the table of checkpoints. */
export interface Suite {
  readonly suite: string
  readonly column: string
}

const titles: Readonly<Record<string, string>> = {
  generated: "Minimal pairs in the training vocabulary",
  blimp: "BLiMP"
}
const inText: Readonly<Record<string, string>> = { generated: "generated pairs", blimp: "BLiMP" }

/** A suite as a heading. */
export const suiteTitle = (suite: string): string => titles[suite] ?? `Minimal pairs ${suite}`

/** A suite within a sentence or a column's title. */
export const suiteWords = (suite: string): string => inText[suite] ?? suite
