import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { read, type RowOf } from "../query.ts"
import sql from "./merges.sql"
import { number, signed } from "./words.ts"

/** Steps after a merge in which the loss may still come back from it, and steps before one whose mean would see it. */
const away = { after: 20, before: 5 } as const

const query = {
  name: "the finding on merges",
  sql,
  columns: {
    arm: "text",
    size: "text",
    /** Whether the size has a full-rank arm to take batches out with. */
    paired: "integer",
    jump: "number",
    least: "number",
    most: "number",
    merges: "integer",
    /** Standard deviation of the same quantity away from merges; null where no step is far enough from one. */
    noise: "number?"
  }
} as const
type Row = RowOf<typeof query["columns"]>

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
  const rows = await read(database, query, away)
  const several = config.sizes.length > 1
  return [
    ...sentence(rows.filter(({ paired }) => paired), several),
    ...sentence(rows.filter(({ paired }) => !paired), several)
  ]
}
