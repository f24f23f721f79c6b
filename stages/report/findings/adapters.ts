import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { number } from "./words.ts"

/** Whether the adapters had moved before the first merge: whether the effective weights changed at all, to the bit. */
export const firstCycle = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{
    size: string
    arm: string
    first_merge: number
    zero: number
    matrices: number
  }>(`
    -- a warm start changes the weights before there are adapters, so a change counts from the step that attached them
    with attached as (
      select size, arm, max(step) filter (where event = 'attach') as step from metrics group by size, arm
    )
    select arms.size, arms.arm, arms.first_merge, count(*) filter (where frobenius = 0) as zero, count(*) as matrices
    from spectra join arms using (size, arm) join attached using (size, arm)
    where kind = 'realised' and spectra.step <= arms.first_merge and spectra.since >= coalesce(attached.step, 0)
    group by arms.position, arms.size, arms.arm, arms.first_merge
    order by arms.position`)
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
