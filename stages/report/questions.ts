/** The report's tables, in the order of its sections. */
import type { Database, Row } from "./database.ts"
import type { Facts } from "./facts.ts"
import type { Bases } from "./provenance/bases.ts"
import { collectOrigins, type Origin, type Origins } from "./provenance/origins.ts"
import { reader, type Reads } from "./provenance/reads.ts"
import { resolve } from "./provenance/resolve.ts"
import { sources as publishedSources } from "./published.ts"
import { read } from "./query.ts"
import type { Question } from "./question.ts"
import type { ReportTable } from "./table.ts"
import { accuracyDifferences } from "./tables/accuracy-differences.ts"
import { arms } from "./tables/arms.ts"
import { budgets } from "./tables/budgets.ts"
import { chance } from "./tables/chance.ts"
import { checkpoints } from "./tables/checkpoints.ts"
import { claimEffects } from "./tables/claim-effects.ts"
import { claims } from "./tables/claims.ts"
import { configuration } from "./tables/configuration.ts"
import { corpus } from "./tables/corpus.ts"
import { cost } from "./tables/cost.ts"
import { domains } from "./tables/domains.ts"
import { dynamics } from "./tables/dynamics.ts"
import { importedModels } from "./tables/imported-models.ts"
import { intruders } from "./tables/intruders.ts"
import { layerHalves } from "./tables/layer-halves.ts"
import { layers } from "./tables/layers.ts"
import { learningRates } from "./tables/learning-rates.ts"
import { loss } from "./tables/loss.ts"
import { merges } from "./tables/merges.ts"
import { methods } from "./tables/methods.ts"
import { minimalPairs } from "./tables/minimal-pairs.ts"
import { models } from "./tables/models.ts"
import { norms } from "./tables/norms.ts"
import { paradigmDifferences } from "./tables/paradigm-differences.ts"
import { paradigms } from "./tables/paradigms.ts"
import { phenomenonDifferences } from "./tables/phenomenon-differences.ts"
import { publishedCurves } from "./tables/published-curves.ts"
import { publishedSources as sourcesOfPublished } from "./tables/published-sources.ts"
import { seeds } from "./tables/seeds.ts"
import { similarity } from "./tables/similarity.ts"
import { sources } from "./tables/sources.ts"
import { sweeps } from "./tables/sweeps.ts"
import { training } from "./tables/training.ts"
import { updatesByStep } from "./tables/updates-by-step.ts"
import { updates } from "./tables/updates.ts"
import { weightsByStep } from "./tables/weights-by-step.ts"
import { weights } from "./tables/weights.ts"

export const questions = ({ config, suites }: Facts): ReadonlyArray<Question> => [
  claims,
  claimEffects,
  models,
  arms,
  configuration(config),
  corpus,
  training,
  cost,
  learningRates,
  merges,
  ...(config.seeds.length > 1 ? [seeds] : []),
  ...(config.arms.some(({ arm, family }) => arm !== family) ? [methods, sweeps] : []),
  ...([...config.arms, ...config.atWork].some(({ equalMemory, equalWork }) =>
      equalMemory !== null || equalWork !== null
    )
    ? [budgets]
    : []),
  loss,
  checkpoints(suites),
  sources,
  domains,
  ...suites.map(({ suite }) => minimalPairs(suite, config)),
  accuracyDifferences,
  phenomenonDifferences,
  paradigmDifferences,
  chance,
  paradigms,
  weights,
  weightsByStep,
  updates,
  updatesByStep,
  layerHalves,
  norms,
  layers,
  dynamics,
  similarity,
  intruders,
  importedModels,
  publishedCurves,
  sourcesOfPublished
]

/** A table of the report, the section it belongs to, its query and what its cells were made from. */
export interface Answer extends ReportTable {
  readonly section: Question["section"]
  /** File of the query, from the project's root. */
  readonly file: string
  readonly sql: string
  /** Views that the query goes by, each after those that it reads itself. */
  readonly views: ReadonlyArray<string>
  /** By column, of each row: place in the report's origins. */
  readonly origins: ReadonlyMap<string, Int32Array>
}

/** What a question is asked with. */
interface Asking {
  readonly database: Database
  readonly facts: Facts
  readonly bases: Bases
  readonly reads: (sql: string) => Promise<Reads>
  readonly origins: Origins
}

/** What must be known of the published figures in a table: how much larger their runs were, and where they are from. */
const noteOf = ({ published }: Question, { scale }: Facts): string =>
  [
    scale,
    ...(published.length > 2
      ? ["Where the published figures are from: the table of their sources."]
      : published.map((name) => publishedSources[name])
        .map(({ about, from, how }) => `Published ${about}: ${from}; ${how}.`))
  ].join(" ")

/** Asks a question. Columns without a single value are left out, as is the seed where the study has one. */
const ask = async ({ bases, database, facts, origins, reads }: Asking, question: Question): Promise<Answer> => {
  const kinds = question.columns.map(({ kind, name }) => [name, `${kind}?`] as const)
  const query = { name: `table ${question.name}`, sql: question.sql, columns: Object.fromEntries(kinds) }
  const rows: ReadonlyArray<Row> = await read(database, query, question.parameters)
  const columns = question.columns.filter(({ name }) =>
    (name !== "seed" || facts.config.seeds.length > 1) && rows.some((row) => row[name] !== null)
  )
  const { tables, views } = await reads(question.sql)
  return {
    name: question.name,
    title: question.title,
    caption: question.caption(facts),
    ...(question.published.length > 0 ? { note: noteOf(question, facts) } : {}),
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]))),
    section: question.section,
    file: `stages/report/tables/${question.file ?? question.name}.sql`,
    sql: question.sql,
    views,
    origins: await resolve(database, bases, question, tables, rows, columns.map(({ name }) => name), origins)
  }
}

export interface Answers {
  /** Every table that has rows. */
  readonly tables: ReadonlyArray<Answer>
  /** What cells were made from. */
  readonly origins: ReadonlyArray<ReadonlyArray<Origin>>
  /** Definitions of the views that queries go by. */
  readonly views: ReadonlyMap<string, string>
}

/** Asks every question. */
export const answers = async (database: Database, facts: Facts, bases: Bases): Promise<Answers> => {
  const { reads, views } = await reader(database, bases)
  const origins = collectOrigins()
  const tables: Array<Answer> = []
  for (const question of questions(facts)) {
    const answer = await ask({ database, facts, bases, reads, origins }, question)
    if (answer.rows.length > 0) tables.push(answer)
  }
  return { tables, origins: origins.all, views }
}
