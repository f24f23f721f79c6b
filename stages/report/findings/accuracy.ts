import { seedCaution } from "../comparisons.ts"
import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { suiteWords } from "../suites.ts"
import { number, signed } from "./words.ts"

type Accuracy = { readonly suite: string; readonly size: string; readonly arm: string; readonly percent: number }
type Difference = Accuracy & {
  readonly against: string
  readonly difference: number
  readonly low: number
  readonly high: number
}

/** Minimal pairs at the end. */
export const compareAccuracy = async (
  database: Database,
  { config, suites }: Facts
): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<Accuracy>(`
    select suite, size, arm, avg(percent) as percent
    from (from phenomena order by seed) join arms using (size, arm)
    where phenomenon = 'overall' and step = (select max(step) from phenomena)
    group by suite, arms.position, size, arm
    order by arms.position`)
  const differences = await database.query<Difference>("select * from accuracy_differences order by position")
  const sentences = suites.flatMap((suite) =>
    config.sizes.flatMap(({ size }) => {
      const here = (row: Accuracy) => row.suite === suite && row.size === size
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
