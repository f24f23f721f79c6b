/** The study's own facts as tables of the database: study, sizes, arms. */
import type { Config } from "./config.ts"
import { counterparts } from "./counterparts.ts"
import { createTable, type Database } from "./database.ts"

/** Steps at the end of training over which the training loss is averaged: a twentieth. */
export const tail = (config: Config): number => Math.max(1, Math.ceil(config.steps / 20))

export const loadStudy = async (database: Database, config: Config): Promise<void> => {
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
  const arms = (table: string, list: Config["arms"]) =>
    createTable(
      database,
      table,
      {
        size: "varchar",
        arm: "varchar",
        family: "varchar",
        peak_rate: "double",
        method: "varchar",
        rank: "integer",
        product_dtype: "varchar",
        settings: "varchar",
        steps: "integer",
        width: "integer",
        hidden: "integer",
        total_parameters: "bigint",
        trained_parameters: "bigint",
        state_bytes: "bigint",
        memory_bytes: "bigint",
        operations: "double",
        equal_memory: "varchar",
        memory_budget: "bigint",
        equal_work: "varchar",
        work_budget: "double",
        warm_start_steps: "integer",
        warm_start_flops: "double",
        step_flops: "double",
        merges: "integer",
        first_merge: "integer",
        published_size: "varchar"
      },
      list.map((arm) => ({
        size: arm.size,
        arm: arm.arm,
        family: arm.family,
        peak_rate: arm.learningRate,
        method: arm.method,
        rank: arm.rank,
        product_dtype: arm.productDtype,
        settings: arm.settings,
        steps: arm.steps,
        width: arm.width,
        hidden: arm.hidden,
        total_parameters: arm.totalParameters,
        trained_parameters: arm.trainedParameters,
        state_bytes: arm.stateBytes,
        memory_bytes: arm.memory,
        operations: arm.operations,
        equal_memory: arm.equalMemory,
        memory_budget: arm.memoryBudget,
        equal_work: arm.equalWork,
        work_budget: arm.workBudget,
        warm_start_steps: arm.warmStartSteps,
        warm_start_flops: arm.warmStartFlops,
        step_flops: arm.stepFlops,
        merges: arm.merges.length,
        first_merge: arm.merges.length === 0 ? null : Math.min(...arm.merges),
        published_size: beside.get(arm.size) ?? null
      }))
    )
  await arms("arms", config.arms)
  await arms("work_arms", config.atWork)
  await createTable(database, "settings", { arm: "varchar", setting: "varchar", value: "varchar" }, config.settings)
}
