import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { read } from "../query.ts"
import sql from "./adapters.sql"
import { number } from "./words.ts"

/** Whether the adapters had moved before the first merge: whether the effective weights changed at all, to the bit. */
export const firstCycle = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await read(database, {
    name: "the finding on the first cycle",
    sql,
    columns: {
      size: "text",
      arm: "text",
      first_merge: "integer",
      zero: "integer",
      matrices: "integer"
    }
  })
  return [...new Set(rows.map(({ arm }) => arm))].map((arm) => {
    const own = rows.filter((row) => row.arm === arm)
    const still = own.filter(({ matrices, zero }) => zero === matrices)
    const settings = config.arms.find((other) => other.arm === arm)?.settings ?? ""
    const steps = [...new Set(own.map(({ first_merge }) => number(first_merge, 0)))]
    const until = `before the first merge (after step ${listed(steps)})`
    const changed = own.reduce((sum, { matrices, zero }) => sum + matrices - zero, 0)
    const all = own.reduce((sum, { matrices }) => sum + matrices, 0)
    if (still.length === own.length) {
      return `${arm} (${settings}): the adapters stayed at zero ${until}; the realised change of all ` +
        `${number(all, 0)} measured matrices is exactly 0.`
    }
    if (still.length === 0) {
      return `${arm} (${settings}): the adapters moved ${until}; the realised change is not 0 in ` +
        `${number(changed, 0)} of ${number(all, 0)} measured matrices.`
    }
    return `${arm} (${settings}): the adapters stayed at zero ${until} at size ` +
      `${listed(still.map(({ size }) => size))} and moved at the other sizes.`
  })
}
