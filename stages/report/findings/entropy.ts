import type { Database } from "../database.ts"
import { type Facts, listed } from "../facts.ts"
import { read } from "../query.ts"
import sql from "./entropy.sql"
import { number } from "./words.ts"

/** Whether runs do better than knowing how often tokens occur. */
export const compareEntropy = async (database: Database, { entropy }: Facts): Promise<ReadonlyArray<string>> => {
  const rows = await read(database, {
    name: "the finding on the unigram entropy",
    sql,
    columns: {
      run: "text",
      loss: "number"
    }
  })
  if (rows.length === 0 || Number.isNaN(entropy)) return []
  const above = rows.filter(({ loss }) => loss >= entropy).map(({ run }) => run)
  const words = `the unigram entropy of the training tokens, ${number(entropy, 3)} nats`
  return [
    above.length === 0 ?
      `Every run ends below ${words}: each has learnt more than how often tokens occur.`
      : above.length === rows.length ?
      `No run ends below ${words}: none has yet shown that it uses context.`
      : `All runs end below ${words}, except ${listed(above)}.`
  ]
}
