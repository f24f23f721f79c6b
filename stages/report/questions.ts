/** The report's tables, in the order of its sections. */
import type { Database } from "./database.ts"
import type { Facts } from "./facts.ts"
import { accuracyDifferences } from "./queries/accuracy-differences.ts"
import { arms } from "./queries/arms.ts"
import { chance } from "./queries/chance.ts"
import { checkpoints } from "./queries/checkpoints.ts"
import { claimEffects, claims } from "./queries/claims.ts"
import { corpus } from "./queries/corpus.ts"
import { domains } from "./queries/domains.ts"
import { dynamics, intruders, similarity } from "./queries/dynamics.ts"
import { importedModels } from "./queries/imported-models.ts"
import { layers } from "./queries/layers.ts"
import { loss } from "./queries/loss.ts"
import { merges } from "./queries/merges.ts"
import { minimalPairs } from "./queries/minimal-pairs.ts"
import { models } from "./queries/models.ts"
import { norms } from "./queries/norms.ts"
import { paradigms } from "./queries/paradigms.ts"
import { phenomenonDifferences } from "./queries/phenomenon-differences.ts"
import { publishedCurves } from "./queries/published-curves.ts"
import { seeds } from "./queries/seeds.ts"
import { sources } from "./queries/sources.ts"
import { training } from "./queries/training.ts"
import { updates, updatesByStep } from "./queries/updates.ts"
import { weights, weightsByStep } from "./queries/weights.ts"
import type { Question } from "./question.ts"
import type { ReportTable } from "./table.ts"

export const questions = ({ config, suites }: Facts): ReadonlyArray<Question> => [
  claims,
  claimEffects,
  models,
  arms,
  corpus,
  training,
  merges,
  ...(config.seeds.length > 1 ? [seeds] : []),
  loss,
  checkpoints(suites),
  sources,
  domains,
  ...suites.map((suite) => minimalPairs(suite, config)),
  accuracyDifferences,
  phenomenonDifferences,
  chance,
  paradigms,
  weights,
  weightsByStep,
  updates,
  updatesByStep,
  norms,
  layers,
  dynamics,
  similarity,
  intruders,
  importedModels,
  publishedCurves
]

/** A table of the report and the section it belongs to. */
export interface Answer extends ReportTable {
  readonly section: Question["section"]
}

/**
 * Asks a question. Columns without a single value are left out, as is the seed where the study has one; a column that
 * the query does not give is a mistake.
 */
export const ask = async (database: Database, question: Question, facts: Facts): Promise<Answer> => {
  const rows = await database.query(question.sql)
  for (const { name } of question.columns) {
    if (rows[0] !== undefined && !(name in rows[0])) {
      throw new Error(`the query of table ${question.name} gives no ${name}`)
    }
  }
  const columns = question.columns.filter(({ name }) =>
    (name !== "seed" || facts.config.seeds.length > 1) && rows.some((row) => row[name] !== null)
  )
  return {
    name: question.name,
    title: question.title,
    caption: question.caption(facts),
    ...(question.published ? { note: facts.scale } : {}),
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))),
    section: question.section
  }
}

/** Every table that has rows. */
export const answers = async (database: Database, facts: Facts): Promise<ReadonlyArray<Answer>> => {
  const tables: Array<Answer> = []
  for (const question of questions(facts)) tables.push(await ask(database, question, facts))
  return tables.filter((table) => table.rows.length > 0)
}
