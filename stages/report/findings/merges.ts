import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { number, signed } from "./words.ts"

/** Steps after a merge in which the loss may still come back from it, and steps before one whose mean would see it. */
const away = { after: 20, before: 5 } as const

type Row = {
  arm: string
  size: string
  /** Whether the size has a full-rank arm to take batches out with. */
  paired: number
  jump: number
  least: number
  most: number
  merges: number
  /** Standard deviation of the same quantity away from merges; null where no step is far enough from one. */
  noise: number | null
}

const sentence = (rows: ReadonlyArray<Row>, several: boolean): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const arms = [...new Set(rows.map(({ arm }) => arm))].map((arm) => {
    const bySize = rows.filter((row) => row.arm === arm).map(({ jump, least, merges, most, size }) => {
      const range = merges > 1 ? ` (${signed(least, 3)} to ${signed(most, 3)} over ${merges} merges)` : ""
      return `${signed(jump, 3)}${several ? ` at ${size}` : ""}${range}`
    })
    return `${arm} ${listed(bySize)}`
  })
  const noises = rows.flatMap(({ noise }) => noise ?? [])
  const noise = noises.length === 0
    ? ""
    : ` Away from merges it varies by ${
      number(Math.max(...noises), 3)
    } (standard deviation, the largest of these runs).`
  const less = rows[0]!.paired ? ", less the same of the full-rank run at the same steps, which read the same rows" : ""
  return [
    `Change in training loss across a merge, mean of five steps after less that of five before${less}: ` +
    `${arms.join("; ")}.${noise}`
  ]
}

/** What merging does to the loss, beside how the same quantity varies where nothing is merged. */
export const compareMerges = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<Row>(`
    with changes as (
      select *, coalesce(less_full_rank, jump_five) as change, less_full_rank is not null as paired,
        max(step) filter (where event = 'merge') over (run rows unbounded preceding) as last_merge,
        min(step) filter (where event = 'merge') over (run rows between current row and unbounded following)
          as next_merge
      from around
      window run as (partition by size, arm, seed order by step)
    ),
    -- one row a merge: seeds are averaged first, so that the range is over merges
    merges as (
      select size, arm, row_number() over (partition by size, arm, seed order by step) as ordinal, change, paired
      from changes where event = 'merge'
    ),
    by_ordinal as (
      select size, arm, ordinal, avg(change) as change, bool_and(paired) as paired
      from (from merges order by ordinal) where change is not null group by all
    ),
    away as (
      select size, arm, stddev_samp(change) as noise
      from (from changes order by seed, step), study
      where change is not null and step > study.steps // 5
        and coalesce(step - last_merge >= ${away.after}, true) and coalesce(next_merge - step > ${away.before}, true)
      group by size, arm
    )
    select arms.arm, arms.size, bool_and(paired) as paired, avg(change) as jump, min(change) as least,
      max(change) as most, count(*) as merges, any_value(noise) as noise
    from (from by_ordinal order by ordinal) as by_ordinal join arms using (size, arm) left join away using (size, arm)
    group by arms.position, arms.arm, arms.size
    order by arms.position`)
  const several = config.sizes.length > 1
  return [
    ...sentence(rows.filter(({ paired }) => paired), several),
    ...sentence(rows.filter(({ paired }) => !paired), several)
  ]
}
