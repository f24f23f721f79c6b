/** The published figures as tables of the database. */
import { multiplier } from "../../model/schedule.ts"
import { createTable, type Database, type Row } from "./database.ts"
import * as published from "./published.ts"

/** What a series was measured on. */
const object = (kind: "weights" | "updates", method: published.PublishedMethod): string =>
  kind === "weights" ? "base weight" : method === "relora" ? "B·A in bf16" : "gradient"

/** Rows of one series of spectra, whose first value is of step `from`. */
const points = (kind: "weights" | "updates", series: published.Series, from: number): ReadonlyArray<Row> => {
  const { component, conditionNumber, method, per, size } = series
  return per.map((value, index) => {
    const step = from + index * published.spacing
    return {
      kind,
      object: object(kind, method),
      size,
      method,
      component,
      step,
      share: step / published.scale.steps,
      per: value,
      condition_number: conditionNumber[index] ?? null
    }
  })
}

export const loadPublished = async (database: Database): Promise<void> => {
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
    [
      ...published.weights.flatMap((series) => points("weights", series, published.weightsFrom[series.method])),
      ...published.updates.flatMap((series) => points("updates", series, published.updatesFrom[series.method]))
    ]
  )
  const methods = ["full-rank", "relora"] as const
  await createTable(
    database,
    "published_costs",
    { size: "varchar", method: "varchar", gpus: "integer", gpu_hours: "double", wall_hours: "double" },
    published.costs.map(({ gpuHours, gpus, method, size, wallHours }) => ({
      size,
      method,
      gpus,
      gpu_hours: gpuHours,
      wall_hours: wallHours
    }))
  )
  await createTable(
    database,
    "published_scale",
    { steps: "integer", tokens: "bigint", sequence_length: "integer" },
    [{
      steps: published.scale.steps,
      tokens: published.scale.tokens,
      sequence_length: published.scale.sequenceLength
    }]
  )
  await createTable(
    database,
    "published_settings",
    { setting: "varchar", full_rank: "varchar", relora: "varchar" },
    published.settings.map(([setting, fullRank, relora]) => ({
      setting,
      full_rank: fullRank === "" ? null : fullRank,
      relora: relora === "" ? null : relora
    }))
  )
  await createTable(
    database,
    "published_paradigms",
    { paradigm: "varchar", size: "varchar", method: "varchar", percent: "double" },
    Object.entries(published.paradigms).flatMap(([paradigm, right]) =>
      bySize.flatMap((size, at) =>
        methods.map((method, of) => ({
          paradigm,
          size,
          method,
          percent: 100 * right[2 * at + of]! / published.paradigmPairs
        }))
      )
    )
  )
  await createTable(
    database,
    "published_rates",
    { method: "varchar", step: "integer", rate: "double" },
    methods.flatMap((method) =>
      published.rateSteps.map((step) => ({
        method,
        step,
        rate: published.peak * multiplier(published.schedules[method], step - 1)
      }))
    )
  )
  await createTable(
    database,
    "published_sources",
    { about: "varchar", origin: "varchar", how: "varchar" },
    Object.values(published.sources).map(({ about, from, how }) => ({ about, origin: from, how }))
  )
}
