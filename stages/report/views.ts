/**
 * What the report's queries see: the measurements of every run with the run's labels, the study's own facts, and the
 * published figures, all as tables of one database.
 */
import type { Labelled } from "../../pipeline/stage.ts"
import type { Config } from "./config.ts"
import { counterparts } from "./counterparts.ts"
import { createTable, type Database, quoted } from "./database.ts"
import * as published from "./published.ts"
import { studentQuantiles } from "./student.ts"

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
    layer: "integer",
    component: "varchar",
    kind: "varchar",
    rows: "integer",
    columns: "integer",
    per: "double",
    condition_number: "double",
    sigma_max: "double",
    sigma_min: "double",
    frobenius: "double",
    rank_bound: "integer"
  },
  perplexity: {
    step: "integer",
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
  }
} as const
type Measurement = keyof typeof measurements

/** Order in which rows are stored, so that averages are taken in it whatever order the files come in. */
const orders: Readonly<Record<Measurement, string>> = {
  metrics: "step",
  spectra: "step, layer, component, kind",
  perplexity: "step, domain",
  accuracy: "step, suite, phenomenon, paradigm"
}

/** Parquet files of the stage's inputs. */
export interface Paths {
  readonly documents: string
  readonly packed: string
  readonly metrics: ReadonlyArray<Labelled<string>>
  readonly spectra: ReadonlyArray<Labelled<string>>
  readonly perplexity: ReadonlyArray<Labelled<string>>
  readonly accuracy: ReadonlyArray<Labelled<string>>
}

const loadMeasurement = async (database: Database, name: Measurement, files: ReadonlyArray<Labelled<string>>) => {
  const inputs = `${name}_files`
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
  await database.run(`create table ${name} (size varchar, arm varchar, seed integer, ${columns.join(", ")})`)
  if (files.length === 0) return
  // a file that several arms share is read once; the join gives each arm its rows
  const paths = [...new Set(files.map(({ value }) => value))]
  await database.run(`
    insert into ${name} by name
    select labels.size, labels.arm, labels.seed, stored.* exclude (filename)
    from read_parquet([${paths.map(quoted).join(", ")}], filename = true) as stored
    join ${inputs} as labels on labels.path = stored.filename
    order by labels.size, labels.arm, labels.seed, ${orders[name]}`)
}

const loadStudy = async (database: Database, config: Config) => {
  const beside = counterparts(config.sizes)
  await createTable(
    database,
    "study",
    { steps: "integer", batch_size: "integer", sequence_length: "integer", tail: "integer" },
    [{ steps: config.steps, batch_size: config.batchSize, sequence_length: config.sequenceLength, tail: tail(config) }]
  )
  await createTable(
    database,
    "sizes",
    {
      size: "varchar",
      width: "integer",
      hidden: "integer",
      layers: "integer",
      heads: "integer",
      kv_heads: "integer",
      vocabulary: "integer",
      parameters: "bigint",
      published_size: "varchar"
    },
    config.sizes.map(({ kvHeads, ...size }) => ({
      ...size,
      kv_heads: kvHeads,
      published_size: beside.get(size.size) ?? null
    }))
  )
  await createTable(
    database,
    "arms",
    {
      size: "varchar",
      arm: "varchar",
      method: "varchar",
      rank: "integer",
      settings: "varchar",
      total_parameters: "bigint",
      trained_parameters: "bigint",
      merges: "integer",
      first_merge: "integer",
      published_size: "varchar"
    },
    config.arms.map((arm) => ({
      size: arm.size,
      arm: arm.arm,
      method: arm.method,
      rank: arm.rank,
      settings: arm.settings,
      total_parameters: arm.totalParameters,
      trained_parameters: arm.trainedParameters,
      merges: arm.merges.length,
      first_merge: arm.merges.length === 0 ? null : Math.min(...arm.merges),
      published_size: beside.get(arm.size) ?? null
    }))
  )
}

/** Steps at the end of training over which the training loss is averaged: a twentieth. */
export const tail = (config: Config): number => Math.max(1, Math.ceil(config.steps / 20))

const loadPublished = async (database: Database) => {
  await createTable(
    database,
    "published_models",
    {
      size: "varchar",
      width: "integer",
      hidden: "integer",
      layers: "integer",
      heads: "integer",
      kv_heads: "integer",
      vocabulary: "integer",
      parameters: "bigint",
      relora_total: "bigint",
      relora_trained: "bigint"
    },
    published.models.map(({ kvHeads, reloraTotal, reloraTrained, ...model }) => ({
      ...model,
      kv_heads: kvHeads,
      relora_total: reloraTotal,
      relora_trained: reloraTrained
    }))
  )
  const bySize = published.models.map(({ size }) => size)
  await createTable(
    database,
    "published_curves",
    {
      size: "varchar",
      method: "varchar",
      step: "integer",
      loss: "double",
      perplexity: "double",
      blimp: "double"
    },
    bySize.flatMap((size) =>
      published.curves[size].flatMap(([step, loss, reloraLoss, perplexity, reloraPerplexity, blimp, reloraBlimp]) => [
        { size, method: "full-rank", step, loss, perplexity, blimp },
        { size, method: "relora", step, loss: reloraLoss, perplexity: reloraPerplexity, blimp: reloraBlimp }
      ])
    )
  )
  await createTable(
    database,
    "published_merges",
    { size: "varchar", ordinal: "integer", step: "integer", loss_before: "double", loss_after: "double" },
    bySize.flatMap((size) =>
      published.mergeSteps.map((step, index) => ({
        size,
        ordinal: index + 1,
        step,
        loss_before: published.merges[size].before[index] ?? null,
        loss_after: published.merges[size].after[index] ?? null
      }))
    )
  )
  const pairs = (["tiny", "small"] as const).flatMap((size) => [[size, "full_rank", 0], [size, "relora", 1]] as const)
  await createTable(
    database,
    "published_minimal_pairs",
    {
      phenomenon: "varchar",
      ...Object.fromEntries(pairs.map(([size, method]) => [`published_${size}_${method}`, "double"]))
    },
    published.blimp.map((row) => ({
      phenomenon: row.phenomenon,
      ...Object.fromEntries(pairs.map(([size, method, index]) => [`published_${size}_${method}`, row[size][index]]))
    }))
  )
  const spectra = (kind: "weights" | "updates") => {
    const from = kind === "weights" ? published.weightsFrom : published.updatesFrom
    return published[kind].flatMap(({ component, conditionNumber, method, per, size }) =>
      per.map((value, index) => ({
        kind,
        object: kind === "weights" ? "base weight" : method === "relora" ? "B·A in bf16" : "gradient",
        size,
        method,
        component,
        step: from[method] + index * published.spacing,
        share: (from[method] + index * published.spacing) / published.scale.steps,
        per: value,
        condition_number: conditionNumber[index] ?? null
      }))
    )
  }
  await createTable(
    database,
    "published_spectra",
    {
      kind: "varchar",
      object: "varchar",
      size: "varchar",
      method: "varchar",
      component: "varchar",
      step: "integer",
      share: "double",
      per: "double",
      condition_number: "double"
    },
    [...spectra("weights"), ...spectra("updates")]
  )
}

/**
 * Names that several queries use. A zero matrix has no spectrum (NaN), so means over layers are taken over those that
 * have one, and are NaN where none has.
 */
const shared = `
  create macro mean(x) as coalesce(avg(x) filter (where not isnan(x)), 'nan'::double);
  create macro half_width(x) as
    stddev_samp(x) filter (where isfinite(x)) / sqrt(count(x) filter (where isfinite(x)))
    * student(count(x) filter (where isfinite(x)));

  -- one row a run, in the study's order
  create view runs as
  select arms.position as place, arms.size, arms.arm, arms.method, arms.published_size, labels.seed, arms.first_merge
  from arms join (select distinct size, arm, seed from metrics) as labels using (size, arm);

  -- one row a matrix, averaged over seeds
  create view layers as
  select arms.position as place, arms.method, arms.published_size, size, arm, step, component, kind, layer, rows, columns,
    mean(per) as per, mean(condition_number) as condition_number, mean(sigma_max) as sigma_max,
    mean(sigma_min) as sigma_min, mean(frobenius) as frobenius, max(rank_bound) as rank_bound
  from spectra join arms using (size, arm)
  group by all;

  -- one row a component, averaged over layers
  create view components as
  select place, method, published_size, size, arm, step, step / study.steps as share, component, kind, rows, columns,
    max(rank_bound) as rank_bound,
    count(*) as matrices, count(*) filter (where frobenius = 0) as zero,
    mean(per) as per, half_width(per) as per_band,
    mean(condition_number) as condition_number, half_width(condition_number) as condition_number_band,
    mean(frobenius) as frobenius
  from (from layers order by layer), study
  group by all;

  -- held-out text as a whole
  create view heldout as
  select size, arm, seed, step, sum(nats) / sum(tokens) as nats_per_token, exp(sum(nats) / sum(tokens)) as token_weighted,
    sum(mean_of_texts * texts) / sum(texts) as mean_of_texts
  from (from perplexity order by domain)
  group by all;

  -- one row a phenomenon, the mean over its paradigms, and 'overall', the mean over all paradigms
  create view phenomena as
  with paradigms as (
    select size, arm, seed, step, suite, phenomenon, paradigm, pairs, ties, 100.0 * correct / pairs as percent
    from accuracy order by suite, phenomenon, paradigm
  )
  select size, arm, seed, step, suite, phenomenon, count(*) as paradigms, sum(pairs) as pairs, sum(ties) as ties,
    avg(percent) as percent
  from paradigms group by all
  union all
  select size, arm, seed, step, suite, 'overall', count(*), sum(pairs), sum(ties), avg(percent)
  from paradigms group by all;

  -- training loss over the last steps, beside one row a run
  create view tails as
  select size, arm, seed, avg(loss) as loss, arg_max(loss, step) as last_loss, max(step) as step, max(tokens) as tokens
  from (from metrics order by step)
  where step > (select max(steps) - max(tail) from study)
  group by all;

  -- ids of the rows that training reached, and how often each occurs
  create view unigrams as
  select token, count(*) as occurrences
  from packed
  where row < (select max(steps)::bigint * max(batch_size) from study)
  group by token;
  create view unigram as
  select sum(occurrences) as tokens, -sum(share * ln(share)) as entropy
  from (
    select token, occurrences, occurrences / sum(occurrences) over () as share from unigrams order by token
  );
`

/** Loads everything a report's queries use. */
export const load = async (database: Database, config: Config, paths: Paths): Promise<void> => {
  await loadStudy(database, config)
  await loadPublished(database)
  for (const name of Object.keys(measurements) as ReadonlyArray<Measurement>) {
    await loadMeasurement(database, name, paths[name])
  }
  await database.run(`create view documents as select * from read_parquet(${quoted(paths.documents)})`)
  await database.run(`create view packed as select * from read_parquet(${quoted(paths.packed)})`)
  await database.run(studentQuantiles)
  await database.run(shared)
}
