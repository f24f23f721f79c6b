import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { read } from "../query.ts"
import sql from "./updates.sql"
import { number } from "./words.ts"

/** How much of their room updates use, method against method: the same object for both. */
export const compareUpdates = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await read(database, {
    name: "the finding on updates",
    sql,
    columns: {
      size: "text",
      arm: "text",
      since: "integer",
      step: "integer",
      per: "number"
    }
  })
  const sizes = config.sizes.flatMap(({ size }) => {
    const arms = rows.filter((row) => row.size === size)
    return arms.length === 0 ? [] : [`at ${size} ${listed(arms.map(({ arm, per }) => `${arm} ${number(per, 3)}`))}`]
  })
  const last = rows[0]
  if (last === undefined) return []
  return [
    `Proportional effective rank of what training changed from step ${number(last.since, 0)} to ` +
    `${number(last.step, 0)}, the last two checkpoints, mean over layers and components: ${sizes.join("; ")}.`
  ]
}
