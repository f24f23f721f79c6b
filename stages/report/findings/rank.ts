import type { Database } from "../database.ts"
import { read } from "../query.ts"
import sql from "./rank.sql"
import { signed } from "./words.ts"

/** What training did to the rank of the weights the forward pass uses. */
export const compareRank = async (database: Database): Promise<ReadonlyArray<string>> => {
  const rows = await read(database, {
    name: "the finding on ranks",
    sql,
    columns: {
      arm: "text",
      least: "number",
      most: "number"
    }
  })
  if (rows.length === 0) return []
  const arms = rows.map(({ arm, least, most }) => `${arm} ${signed(least, 4)} to ${signed(most, 4)}`)
  return [
    "Change in proportional effective rank of the effective weights from the first to the last checkpoint, mean over " +
    `layers, range over components and sizes: ${arms.join("; ")}.`
  ]
}
