/** Suites of minimal pairs in words. */
const titles: Readonly<Record<string, string>> = {
  generated: "Minimal pairs in the training vocabulary",
  blimp: "BLiMP"
}
const inText: Readonly<Record<string, string>> = { generated: "generated pairs", blimp: "BLiMP" }

/** A suite as a heading. */
export const suiteTitle = (suite: string): string => titles[suite] ?? `Minimal pairs ${suite}`

/** A suite within a sentence or a column's title. */
export const suiteWords = (suite: string): string => inText[suite] ?? suite
