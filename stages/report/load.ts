/** Fills the database of a report: measurements, the study's facts and the published figures. */
import type { Labelled } from "../../pipeline/stage.ts"
import { loadClaims } from "./claims.ts"
import { loadComparisons } from "./comparisons.ts"
import type { Config } from "./config.ts"
import { type Database, quoted } from "./database.ts"
import { loadImported } from "./imported.ts"
import { loadMeasurement, type Measurement, measurements } from "./measurements.ts"
import { loadPublished } from "./published-tables.ts"
import { loadStudy } from "./study-tables.ts"
import { createViews } from "./views.ts"

/** Parquet files of the stage's inputs. */
export interface Paths {
  readonly documents: string
  readonly packed: string
  readonly metrics: ReadonlyArray<Labelled<string>>
  readonly spectra: ReadonlyArray<Labelled<string>>
  readonly dynamics: ReadonlyArray<Labelled<string>>
  readonly intruders: ReadonlyArray<Labelled<string>>
  readonly similarity: ReadonlyArray<Labelled<string>>
  readonly perplexity: ReadonlyArray<Labelled<string>>
  readonly accuracy: ReadonlyArray<Labelled<string>>
  readonly scores: ReadonlyArray<Labelled<string>>
  readonly workPerplexity: ReadonlyArray<Labelled<string>>
  readonly modelPerplexity: ReadonlyArray<Labelled<string>>
  readonly modelAccuracy: ReadonlyArray<Labelled<string>>
  readonly modelSpectra: ReadonlyArray<Labelled<string>>
}

/** Logical digests of the inputs, as `Paths` has their files. */
export type Digests = {
  readonly [P in keyof Paths]: Paths[P] extends string ? string : ReadonlyArray<Labelled<string>>
}

export interface Inputs extends Paths {
  readonly digests: Digests
}

/** Loads everything a report's queries use. */
export const load = async (database: Database, config: Config, paths: Paths): Promise<void> => {
  await loadStudy(database, config)
  await loadPublished(database)
  for (const name of Object.keys(measurements) as ReadonlyArray<Measurement>) {
    await loadMeasurement(database, name, paths[name])
  }
  await loadMeasurement(database, "perplexity", paths.workPerplexity, "work_perplexity")
  await database.run(`create view documents as select * from read_parquet(${quoted(paths.documents)})`)
  await database.run(`create view packed as select * from read_parquet(${quoted(paths.packed)})`)
  await loadImported(database, paths)
  await createViews(database)
  await loadClaims(database, config)
  await loadComparisons(database)
}
