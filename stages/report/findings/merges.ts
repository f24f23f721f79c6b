import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { number, signed } from "./words.ts"

/** What merging does to the loss, beside what it does from any step to the next. */
export const compareMerges = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ arm: string; size: string; merges: number; jump: number; noise: number }>(`
    with changes as (
      select *, lead(loss) over (partition by size, arm, seed order by step) - loss as change from metrics
    )
    select runs.arm, runs.size, count(change) filter (where event = 'merge') as merges,
      avg(change) filter (where event = 'merge') as jump,
      stddev_samp(change) filter (where event <> 'merge' and step > study.steps // 5) as noise
    from (from changes order by step) as changes join runs using (size, arm, seed), study
    group by runs.place, runs.arm, runs.size
    having merges > 0
    order by runs.place`)
  if (rows.length === 0) return []
  const arms = [...new Set(rows.map(({ arm }) => arm))].map((arm) => {
    const own = rows.filter((row) => row.arm === arm)
    const merges = Math.max(...own.map(({ merges }) => merges))
    const bySize = own.map(({ jump, size }) =>
      config.sizes.length > 1 ? `${signed(jump, 3)} at ${size}` : signed(jump, 3)
    )
    return `${arm} ${listed(bySize)} (${merges} ${merges === 1 ? "merge" : "merges"})`
  })
  const noise = Math.max(...rows.map(({ noise }) => noise))
  return [
    `Change in the loss of a batch across a merge, mean: ${arms.join("; ")}. From one step to the next without a ` +
    `merge it varies by ${number(noise, 3)} (standard deviation, the largest of these runs).`
  ]
}
