/** Measurements of models that were trained elsewhere, as tables of the database. */
import type { Labelled } from "../../pipeline/stage.ts"
import { type Database, quoted } from "./database.ts"
import { measurements } from "./measurements.ts"

const tables = {
  model_perplexity: ["modelPerplexity", "perplexity"],
  model_accuracy: ["modelAccuracy", "accuracy"],
  model_spectra: ["modelSpectra", "spectra"]
} as const

type Paths = { readonly [K in (typeof tables)[keyof typeof tables][0]]: ReadonlyArray<Labelled<string>> }

/** Creates model_perplexity, model_accuracy and model_spectra: the columns measured, the model's name and the file's place among its kind. */
export const loadImported = async (database: Database, paths: Paths): Promise<void> => {
  for (const [table, [port, measurement]] of Object.entries(tables)) {
    const columns = Object.entries(measurements[measurement]).map(([column, type]) => `${column} ${type}`)
    await database.run(`create table ${table} (input integer, model varchar, ${columns.join(", ")})`)
    for (const [place, { labels, value }] of paths[port].entries()) {
      await database.run(`
        insert into ${table} by name
        select ${place} as input, ${quoted(String(labels["model"]))} as model, * from read_parquet(${quoted(value)})`)
    }
  }
}
