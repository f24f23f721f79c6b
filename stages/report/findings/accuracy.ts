import { seedCaution } from "../comparisons.ts"
import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { read } from "../query.ts"
import { suiteWords } from "../suites.ts"
import sql from "./accuracy.sql"
import { number, signed } from "./words.ts"

const accuracies = {
  name: "the finding on accuracies",
  sql,
  columns: { suite: "text", size: "text", arm: "text", percent: "number" }
} as const
const differencesFromBaseline = {
  name: "the finding on differences of accuracy",
  sql: "select suite, size, arm, against, difference, low, high from accuracy_differences order by position",
  columns: {
    suite: "text",
    size: "text",
    arm: "text",
    against: "text",
    difference: "number",
    low: "number",
    high: "number"
  }
} as const

/** Minimal pairs at the end. */
export const compareAccuracy = async (
  database: Database,
  { config, suites }: Facts
): Promise<ReadonlyArray<string>> => {
  const rows = await read(database, accuracies)
  const differences = await read(database, differencesFromBaseline)
  const sentences = suites.flatMap(({ suite }) =>
    config.sizes.flatMap(({ size }) => {
      const here = (row: { readonly suite: string; readonly size: string }) => row.suite === suite && row.size === size
      const arms = rows.filter(here)
      if (arms.length === 0) return []
      const others = differences.filter(here)
      const apart = others.map(({ arm, difference, high, low }) =>
        `${arm} ${signed(difference, 1)} points (${signed(low, 1)} to ${signed(high, 1)})`
      )
      return [
        `On ${suiteWords(suite)} at size ${size}: ` +
        `${listed(arms.map(({ arm, percent }) => `${arm} ${number(percent, 1)} %`))} (chance 50 %)` +
        (apart.length === 0
          ? "."
          : `; from ${others[0]!.against}, with 95 % intervals over pairs: ${listed(apart)}.`)
      ]
    })
  )
  const caution = seedCaution(config)
  return caution === "" || sentences.length === 0 ? sentences : [...sentences, caution]
}
