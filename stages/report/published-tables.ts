/** The published figures as tables of the database. */
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
}
