/** What the measurements say, in sentences made from them. */
import type { Database } from "./database.ts"
import type { Facts } from "./facts.ts"
import { compareAccuracy } from "./findings/accuracy.ts"
import { firstCycle } from "./findings/adapters.ts"
import { compareEntropy } from "./findings/entropy.ts"
import { compareLoss } from "./findings/loss.ts"
import { compareMerges } from "./findings/merges.ts"
import { compareMethods } from "./findings/methods.ts"
import { compareRank } from "./findings/rank.ts"
import { compareUpdates } from "./findings/updates.ts"

/** The headline, most important first. */
export const findings = async (database: Database, facts: Facts): Promise<ReadonlyArray<string>> => [
  ...await compareMethods(database, facts),
  ...await compareLoss(database, facts),
  ...await firstCycle(database, facts),
  ...await compareMerges(database, facts),
  ...await compareAccuracy(database, facts),
  ...await compareRank(database),
  ...await compareUpdates(database, facts),
  ...await compareEntropy(database, facts)
]
