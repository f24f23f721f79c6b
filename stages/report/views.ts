/** Names that several of the report's queries use. */
import type { Database } from "./database.ts"
import { studentQuantiles } from "./student.ts"
import budgets from "./views/budgets.sql"
import costs from "./views/costs.sql"
import macros from "./views/macros.sql"
import merges from "./views/merges.sql"
import minimalPairs from "./views/minimal-pairs.sql"
import runs from "./views/runs.sql"
import spectra from "./views/spectra.sql"
import sweeps from "./views/sweeps.sql"
import text from "./views/text.sql"

/** Definitions of the views, each after those that it reads. */
export const definitions: ReadonlyArray<string> = [runs, costs, merges, text, minimalPairs, spectra, sweeps, budgets]

/** Creates the views; they read tables of measurements, of the study and of published figures. */
export const createViews = async (database: Database): Promise<void> => {
  await database.run(studentQuantiles())
  for (const sql of [macros, ...definitions]) await database.run(sql)
}
