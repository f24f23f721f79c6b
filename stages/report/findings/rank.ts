import type { Database } from "../database.ts"
import { signed } from "./words.ts"

/** What training did to the rank of the weights the forward pass uses. */
export const compareRank = async (database: Database): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ arm: string; least: number; most: number }>(`
    with changes as (
      select place, arm, arg_max(per, step) - arg_min(per, step) as change
      from components where kind = 'effective'
      group by place, size, arm, component
    )
    select arm, min(change) as least, max(change) as most
    from changes group by arm order by min(place)`)
  if (rows.length === 0) return []
  const arms = rows.map(({ arm, least, most }) => `${arm} ${signed(least, 4)} to ${signed(most, 4)}`)
  return [
    "Change in proportional effective rank of the effective weights from the first to the last checkpoint, mean over " +
    `layers, range over components and sizes: ${arms.join("; ")}.`
  ]
}
