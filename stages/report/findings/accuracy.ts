import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { number } from "./words.ts"

/** Minimal pairs at the end. */
export const compareAccuracy = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ suite: string; size: string; arm: string; percent: number; pairs: number }>(`
    select suite, size, arm, avg(percent) as percent, sum(pairs) as pairs
    from (from phenomena order by seed) join arms using (size, arm)
    where phenomenon = 'overall' and step = (select max(step) from phenomena)
    group by suite, arms.position, size, arm
    order by suite desc, arms.position`)
  return ["generated", "blimp"].flatMap((suite) =>
    facts.config.sizes.flatMap(({ size }) => {
      const arms = rows.filter((row) => row.suite === suite && row.size === size)
      if (arms.length === 0) return []
      // half-width of a 95 % interval of one proportion at 50 %, in points
      const width = 196 * Math.sqrt(0.25 / Math.min(...arms.map(({ pairs }) => pairs)))
      return [
        `${suite === "blimp" ? "On BLiMP" : "On the generated minimal pairs"} at size ${size}: ` +
        `${listed(arms.map(({ arm, percent }) => `${arm} ${number(percent, 1)} %`))} ` +
        `(chance 50 %; sampling alone moves an accuracy by about ±${number(width, 1)} points).`
      ]
    })
  )
}
