import type { Database } from "../database.ts"
import type { Facts } from "../facts.ts"
import { read } from "../query.ts"
import sql from "./loss.sql"
import { number } from "./words.ts"

/** Arms told of beside the best, one by one. */
const most = 8

/** Which arm ends with the lowest loss at each size, and by how much. */
export const compareLoss = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await read(database, {
    name: "the finding on loss",
    sql,
    columns: {
      size: "text",
      arm: "text",
      loss: "number",
      heldout: "number?"
    }
  })
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
    // Of many arms the nearest are told, and how far the others lie.
    const rest = gaps.length - most
    const far = rest > 1 ? [...gaps.slice(0, most), `of ${rest} others the furthest, ${gaps.at(-1)}`] : gaps
    return [
      `At size ${size}, ${best.arm} ends with the lowest training loss, ${number(best.loss, 3)} nats per token; ` +
      `${far.join("; ")}.`
    ]
  })
}
