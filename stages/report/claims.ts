/** The claims of a study, decided by its measurements: tables and views for the queries about them. */
import { measures } from "../../schemas/measures.ts"
import type { Config } from "./config.ts"
import { createTable, type Database } from "./database.ts"
import views from "./views/claims.sql"
import publishedEffects from "./views/published-effects.sql"

/** Definitions of these views, each after those that it reads. */
export const definitions: ReadonlyArray<string> = [views, publishedEffects]

/** Creates the table of claims and the views that decide them; they read the measurements' views. */
export const loadClaims = async (database: Database, { claims }: Config): Promise<void> => {
  await createTable(
    database,
    "claims",
    {
      says: "varchar",
      source: "varchar",
      measure: "varchar",
      of_arm: "varchar",
      than_arm: "varchar",
      than_value: "double",
      relation: "varchar",
      margin: "double",
      at_size: "varchar"
    },
    claims.map(({ margin, measure, of, relation, says, size, source, than }) => ({
      says,
      source,
      measure,
      of_arm: of,
      than_arm: typeof than === "string" ? than : null,
      than_value: typeof than === "number" ? than : null,
      relation,
      margin,
      at_size: size
    }))
  )
  await createTable(
    database,
    "measures",
    { measure: "varchar", unit: "varchar" },
    Object.entries(measures).map(([measure, { unit }]) => ({ measure, unit }))
  )
  for (const sql of definitions) await database.run(sql)
}
