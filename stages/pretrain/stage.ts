import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { AdamW, Method, ModelShape } from "../../schemas/model.ts"
import { Events, Metrics, Packed, Tensors } from "../../schemas/tables.ts"

/** Draws the parameters of a model; every arm of one size and seed starts from the same ones. */
export const initialise = Stage.make({
  name: "initialise",
  about: "Draws a model's parameters by PyTorch's default laws; every arm of one size and seed starts from them",
  config: z.strictObject({ model: ModelShape, seed: z.int().nonnegative() }),
  inputs: {},
  outputs: { state: Tensors },
  source: "stages/pretrain/initialise.ts",
  load: (): Promise<Stage.Loaded> => import("./initialise.ts")
})

/**
 * Trains from one checkpoint to the next. Its settings are the resolved schedule of its own steps and nothing else,
 * so that two arms, or two studies, whose steps agree share the segment.
 */
export const pretrain = Stage.make({
  name: "pretrain",
  about: "Trains from one checkpoint to the next, by the resolved schedule of those steps",
  config: z.strictObject({
    model: ModelShape,
    method: Method,
    optimizer: AdamW,
    /** Rows in one optimizer step. Step s (from 1) takes rows (s−1)·batchSize …, going round at the end. */
    batchSize: z.int().positive(),
    /** Rows in memory at once, a divisor of batchSize; sums and dropout masks depend on it. */
    microBatch: z.int().positive(),
    /** Whether activations are made anew in the backward pass. */
    recompute: z.boolean(),
    sequenceLength: z.int().positive(),
    /** Steps completed before the segment. */
    firstStep: z.int().nonnegative(),
    /** Learning rate of each step of the segment. */
    learningRates: z.array(z.number().nonnegative()).min(1),
    /** What the method does after the updates of some steps: merge, reset, … */
    events: z.array(z.strictObject({ step: z.int().positive(), event: z.string() }))
  }),
  inputs: { packed: Packed, previous: Tensors },
  outputs: { state: Tensors, metrics: Metrics, events: Events },
  saves: { state: Tensors, metrics: Metrics, events: Events },
  usesEngine: true,
  // What rounding does to one step grows from step to step, and rounding depends on the processor.
  determinism: { class: "seeded", seeds: ["method.seed"] },
  source: "stages/pretrain/segment.ts",
  load: (): Promise<Stage.Loaded> => import("./segment.ts")
})

/**
 * The stage by the method that trains. It runs as the stage does, and counts as the code of its method alone: another method's
 * code makes no difference to it.
 */
export const pretrainBy = ({ kind }: Method): typeof pretrain => ({
  ...pretrain,
  source: `stages/pretrain/methods/${kind}.ts`
})
