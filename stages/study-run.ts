/** Wires one run of a study: one arm at one size from one seed. */
import { microBatchRows } from "../model/trainer.ts"
import type { Builder, Given, LabelledRef, Ref } from "../pipeline/graph.ts"
import type { ModelShape } from "../schemas/model.ts"
import type { Arm, Study } from "../schemas/study.ts"
import { writtenAs } from "../schemas/sweep.ts"
import type { Metrics, Tensors } from "../schemas/tables.ts"
import { methodAt, methodOver, scheduleOf, stateSize, trainingFlops, warmStart } from "./arm.ts"
import { checkpointBy, shownOf } from "./checkpoint/stage.ts"
import { pretrainBy } from "./pretrain/stage.ts"
import { spectra } from "./spectra/stage.ts"
import { segmentsOf } from "./study-steps.ts"
import type { tokenize } from "./tokenize/stage.ts"
import { memoryRemedy, trainingMemory } from "./training-memory.ts"
import { trainingTraffic } from "./training-traffic.ts"

/** Where the parts of a model's shape are written. */
export const modelOrigins = (size: string, narrowedBy?: string): Readonly<Record<string, string>> => ({
  model: `sizes.${size}`,
  "model.vocabulary": "tokenizer.vocabulary",
  ...narrowedBy !== undefined && { "model.width": narrowedBy, "model.hidden": narrowedBy }
})

export interface Run {
  readonly graph: Builder
  /** As long as this arm trains. */
  readonly study: Study
  readonly size: string
  readonly model: ModelShape
  readonly seed: number
  readonly arm: string
  readonly settings: Arm
}

/** Where the parts of the model's shape of a run are written. */
export const shapeOrigins = ({ arm, model, settings, size, study }: Run) =>
  modelOrigins(
    size,
    model.width === study.sizes[size]!.width && model.hidden === study.sizes[size]!.hidden
      ? undefined
      : `arms.${writtenAs(arm, settings)}.equalMemory`
  )

/** Where the method of the update ending at a step is written. */
const methodOrigins = ({ arm, seed, settings, study }: Run, step: number): Readonly<Record<string, string>> => {
  const written = writtenAs(arm, settings)
  return step <= warmStart(settings)
    ? { method: `arms.${written}.warmStartSteps` }
    : {
      method: `arms.${written}`,
      "method.kind": `arms.${written}.method`,
      ...settings.equalMemory !== undefined && { "method.rank": `arms.${written}.equalMemory` },
      "method.seed": `seeds.${study.seeds.indexOf(seed)}`
    }
}

/** Trains an arm, segment by segment; gives the metrics, and the state at each segment's end by its step. */
export const train = (run: Run, initial: Ref<typeof Tensors>, corpus: Given<(typeof tokenize)["outputs"]>) => {
  const { arm, graph, model, seed, settings, size, study } = run
  const written = writtenAs(arm, settings)
  const { sequenceLength, training } = study
  const { batchSize, beta1, beta2, epsilon, recompute, tokensAtOnce, weightDecay } = training
  const microBatch = microBatchRows(batchSize, sequenceLength, tokensAtOnce)
  const states = new Map([[0, initial]])
  const metrics: Array<LabelledRef<typeof Metrics>> = []
  for (const [first, last] of segmentsOf(settings, study)) {
    const method = methodOver(settings, first, last, { seed, width: model.width })
    const tokens = (last - first) * batchSize * sequenceLength
    const labels = { size, arm, seed, firstStep: first, lastStep: last }
    const segment = graph.add(pretrainBy(method), {
      path: [size, arm, seed, `${first}-${last}`],
      labels,
      config: {
        model,
        method,
        optimizer: { beta1, beta2, epsilon, weightDecay },
        batchSize,
        microBatch,
        recompute,
        sequenceLength,
        firstStep: first,
        ...scheduleOf(settings, training, first, last)
      },
      inputs: { packed: corpus.packed, previous: states.get(first)! },
      origins: {
        ...shapeOrigins(run),
        ...methodOrigins(run, last),
        optimizer: "training",
        batchSize: "training.batchSize",
        microBatch: "training.tokensAtOnce",
        recompute: "training.recompute",
        sequenceLength: "sequenceLength",
        firstStep: "checkpoints",
        learningRates: settings.schedule === undefined ? "training.schedule" : `arms.${written}.schedule`,
        events: `arms.${written}`
      },
      flops: trainingFlops(model, method, sequenceLength, tokens, last - first),
      traffic: trainingTraffic(model, method, sequenceLength, tokens),
      size: stateSize(model, method),
      memory: {
        bytes: trainingMemory(model, method, { sequenceLength, recompute, rows: microBatch }),
        remedy: memoryRemedy(method)
      }
    })
    states.set(last, segment.state)
    metrics.push({ labels, ref: segment.metrics })
  }
  return { states, metrics }
}

/** Takes the weights of a checkpoint; `previous` is the checkpoint before, if there is one. */
export const weigh = (
  run: Run,
  step: number,
  state: Ref<typeof Tensors>,
  previous: { readonly step: number; readonly state: Ref<typeof Tensors> } | undefined
) => {
  const { arm, graph, model, seed, settings, size } = run
  const at = { path: [size, arm, seed, step], labels: { size, arm, seed, step } }
  // The initial state belongs to no arm, so that all of one size and seed share what is measured on it.
  const method = step === 0 ? null : methodAt(settings, step, { seed, width: model.width })
  const weights = graph.add(checkpointBy(method), {
    ...at,
    config: { method: shownOf(method) },
    // Labels would be in the key, and keep arms from sharing a checkpoint.
    inputs: { state, previous: previous === undefined ? [] : [{ labels: {}, ref: previous.state }] },
    origins: step === 0 ? { method: "checkpoints" } : methodOrigins(run, step)
  })
  return { weights, method, at }
}

/** Takes the weights of a checkpoint and their singular values; `previous` is the checkpoint before, if there is one. */
export const look = (
  run: Run,
  step: number,
  state: Ref<typeof Tensors>,
  previous: { readonly step: number; readonly state: Ref<typeof Tensors> } | undefined
) => {
  const { arm, graph, model, settings, size, study } = run
  const written = writtenAs(arm, settings)
  const { at, method, weights } = weigh(run, step, state, previous)
  const hasProduct = "productDtype" in settings && method?.kind === settings.method
  const values = graph.add(spectra, {
    ...at,
    config: {
      step,
      since: previous?.step ?? step,
      layers: model.layers,
      heads: model.heads,
      kvHeads: model.kvHeads,
      components: study.analysis.components,
      productDtype: hasProduct ? settings.productDtype : "float32"
    },
    inputs: { checkpoint: weights.checkpoint },
    origins: {
      step: "checkpoints",
      since: "checkpoints",
      layers: `sizes.${size}.layers`,
      heads: `sizes.${size}.heads`,
      kvHeads: `sizes.${size}.kvHeads`,
      components: "analysis.components",
      productDtype: `arms.${written}.productDtype`
    }
  })
  return { weights, values, at }
}
