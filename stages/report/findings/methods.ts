import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { read } from "../query.ts"
import methods from "../tables/methods.sql"
import { signed } from "./words.ts"

/** Which arms, each at its best of several learning rates, do better than ReLoRA, and which worse. */
export const compareMethods = async (database: Database, { config }: Facts): Promise<ReadonlyArray<string>> => {
  if (config.arms.every(({ arm, family }) => arm === family)) return []
  const rows = await read(database, {
    name: "the finding on methods",
    sql: `select size, family, seeds, less_relora, low, high, verdict from (${methods}) order by size, loss`,
    columns: {
      size: "text",
      family: "text",
      seeds: "integer",
      less_relora: "number?",
      low: "number?",
      high: "number?",
      verdict: "text?"
    }
  })
  return config.sizes.flatMap(({ size }) => {
    const own = rows.filter((row) => row.size === size)
    const relora = own.find(({ less_relora, verdict }) => verdict === null && less_relora !== null)
    if (relora === undefined || own.length === 1) return []
    const others = (wanted: RegExp) => own.filter(({ verdict }) => wanted.test(verdict ?? ""))
    const sure = (rows: typeof own) =>
      rows.map(({ family, high, less_relora, low }) =>
        `${family} ${signed(less_relora!, 3)} (${signed(low!, 3)} to ${signed(high!, 3)})`
      )
    const groups = [
      ["better than it", sure(others(/^better/))],
      ["worse", sure(others(/^worse/))],
      ["not told apart from it", others(/^undecided/).map(({ family }) => family)]
    ] as const
    return [
      `Held-out loss beside that of ${relora.family} at size ${size}, each arm at the best of the learning rates it was tried at, ` +
      `difference and its 95 % interval over ${relora.seeds} seeds, in nats per token: ` +
      `${
        groups.map(([what, names]) => `${what} ${names.length === 0 ? "is none" : `are ${listed(names)}`}`).join("; ")
      }.`
    ]
  })
}
