/** The measurements of every run as tables of the database, with the run's labels. */
import type { Labelled } from "../../pipeline/stage.ts"
import { createTable, type Database, quoted } from "./database.ts"

/** Columns of each labelled input, as stored; size, arm and seed come from the labels. */
export const measurements = {
  metrics: {
    step: "integer",
    loss: "double",
    learning_rate: "double",
    gradient_norm: "double",
    tokens: "bigint",
    event: "varchar"
  },
  spectra: {
    step: "integer",
    since: "integer",
    layer: "integer",
    component: "varchar",
    head: "integer",
    kind: "varchar",
    rows: "integer",
    columns: "integer",
    per: "double",
    per_of_rank: "double",
    condition_number: "double",
    numerical_rank: "integer",
    condition_number_of_rank: "double",
    condition_number_of_factors: "double",
    sigma_max: "double",
    sigma_min: "double",
    zeros: "integer",
    frobenius: "double",
    nuclear: "double",
    max_abs: "double",
    gini: "double",
    hoyer: "double",
    rank_bound: "integer"
  },
  dynamics: {
    step: "integer",
    layer: "integer",
    component: "varchar",
    head: "integer",
    kind: "varchar",
    rows: "integer",
    columns: "integer",
    per: "double",
    condition_number: "double",
    numerical_rank: "integer",
    condition_number_of_rank: "double",
    zeros: "integer",
    frobenius: "double",
    nuclear: "double",
    max_abs: "double",
    gini: "double",
    hoyer: "double",
    anisotropy: "double"
  },
  intruders: {
    step: "integer",
    layer: "integer",
    component: "varchar",
    top: "integer",
    threshold: "double",
    intruders: "integer",
    least_similarity: "double"
  },
  similarity: {
    step: "integer",
    other: "integer",
    layer: "integer",
    component: "varchar",
    samples: "integer",
    cka: "double",
    pwcca: "double"
  },
  perplexity: {
    step: "integer",
    source: "varchar",
    domain: "varchar",
    texts: "integer",
    tokens: "bigint",
    nats: "double",
    token_weighted: "double",
    mean_of_texts: "double"
  },
  accuracy: {
    step: "integer",
    suite: "varchar",
    phenomenon: "varchar",
    paradigm: "varchar",
    pairs: "integer",
    correct: "integer",
    ties: "integer",
    identical: "integer"
  },
  scores: {
    step: "integer",
    suite: "varchar",
    phenomenon: "varchar",
    paradigm: "varchar",
    pair: "integer",
    good: "double",
    bad: "double"
  }
} as const
export type Measurement = keyof typeof measurements

/** Order in which rows are stored, so that averages are taken in it whatever order the files come in. */
const orders: Readonly<Record<Measurement, string>> = {
  metrics: "step",
  spectra: "step, layer, component, head, kind",
  dynamics: "step, layer, component, head, kind",
  intruders: "step, layer, component",
  similarity: "step, other, layer, component",
  perplexity: "step, source, domain",
  accuracy: "step, suite, phenomenon, paradigm",
  scores: "step, suite, phenomenon, paradigm, pair"
}

/** Makes a table of one measurement from its files, named after it unless told otherwise; its column `input` is a file's place among them. */
export const loadMeasurement = async (
  database: Database,
  name: Measurement,
  files: ReadonlyArray<Labelled<string>>,
  table: string = name
): Promise<void> => {
  const inputs = `${table}_files`
  const columns = Object.entries(measurements[name]).map(([column, type]) => `${column} ${type}`)
  await createTable(
    database,
    inputs,
    { size: "varchar", arm: "varchar", seed: "integer", path: "varchar" },
    files.map(({ labels, value }) => ({
      size: String(labels["size"]),
      arm: String(labels["arm"]),
      seed: Number(labels["seed"]),
      path: value
    }))
  )
  await database.run(
    `create table ${table} (input integer, size varchar, arm varchar, seed integer, ${columns.join(", ")})`
  )
  if (files.length === 0) return
  // a file that several arms share is read once; the join gives each arm its rows
  const paths = [...new Set(files.map(({ value }) => value))]
  await database.run(`
    insert into ${table} by name
    select labels.position as input, labels.size, labels.arm, labels.seed, stored.* exclude (filename)
    from read_parquet([${paths.map(quoted).join(", ")}], filename = true) as stored
    join ${inputs} as labels on labels.path = stored.filename
    order by labels.size, labels.arm, labels.seed, ${orders[name]}`)
}
