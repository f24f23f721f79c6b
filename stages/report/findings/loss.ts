import type { Database } from "../database.ts"
import type { Facts } from "../facts.ts"
import { number } from "./words.ts"

/** Which arm ends with the lowest loss at each size, and by how much. */
export const compareLoss = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await database.query<{ size: string; arm: string; loss: number; heldout: number | null }>(`
    select runs.size, runs.arm, avg(tails.loss) as loss, avg(heldout.nats_per_token) as heldout
    from runs join tails using (size, arm, seed)
    left join heldout on heldout.size = runs.size and heldout.arm = runs.arm and heldout.seed = runs.seed
      and heldout.step = (select max(step) from heldout)
    group by runs.place, runs.size, runs.arm
    order by runs.place`)
  return facts.config.sizes.flatMap(({ size }) => {
    const arms = rows.filter((row) => row.size === size).toSorted((a, b) => a.loss - b.loss)
    const [best, ...others] = arms
    if (best === undefined || others.length === 0) return []
    const gaps = others.map((other) => {
      const heldout = other.heldout === null || best.heldout === null
        ? ""
        : ` (${number(other.heldout - best.heldout, 3)} on held-out text)`
      return other.loss === best.loss ?
        `${other.arm} ends equal${heldout}`
        : `${other.arm} is ${number(other.loss - best.loss, 3)} higher${heldout}`
    })
    return [
      `At size ${size}, ${best.arm} ends with the lowest training loss, ${number(best.loss, 3)} nats per token; ` +
      `${gaps.join("; ")}.`
    ]
  })
}
