import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import {
  Accuracy,
  CellQueries,
  Cells,
  CellSources,
  Documents,
  Dynamics,
  Files,
  Intruders,
  Metrics,
  Packed,
  Perplexity,
  Scores,
  Similarity,
  Spectra
} from "../../schemas/tables.ts"

const armFacts = z.strictObject({
  size: z.string(),
  arm: z.string(),
  /** The arm as the study writes it, of which this is a learning rate. */
  family: z.string(),
  learningRate: z.number().nullable(),
  method: z.string(),
  rank: z.int().nullable(),
  /** Precision in which B·A is stored for spectra; null without adapters. */
  productDtype: z.enum(["float32", "bf16"]).nullable(),
  /** Settings in words, e.g. "A zero, merge ×1, re-initialisation lost". */
  settings: z.string(),
  steps: z.int(),
  /** Of the model, which is another than its size's where the arm's memory is that of another arm. */
  width: z.int(),
  hidden: z.int(),
  totalParameters: z.int(),
  trainedParameters: z.int(),
  /** Bytes of the training state at the end: weights, and what the optimizer keeps. */
  stateBytes: z.int(),
  /** The most that it is at any step. */
  memory: z.int(),
  /** Floating-point operations of the whole training. */
  operations: z.number(),
  /** The arm, or the bytes, whose memory this one is to have, and how much that is; likewise its work. */
  equalMemory: z.string().nullable(),
  memoryBudget: z.number().nullable(),
  equalWork: z.string().nullable(),
  workBudget: z.number().nullable(),
  /** Steps before the method begins, and floating-point operations of a step until then and from then on. */
  warmStartSteps: z.int(),
  warmStartFlops: z.number(),
  stepFlops: z.number(),
  merges: z.array(z.int())
})

/** Tables, figures and the page of a study. */
export const report = Stage.make({
  name: "report",
  about: "Queries everything measured and writes the tables (Markdown, CSV, LaTeX) and the page",
  config: z.strictObject({
    study: z.string(),
    about: z.string(),
    /** Facts of each size, for the table of models. */
    sizes: z.array(z.strictObject({
      size: z.string(),
      width: z.int(),
      hidden: z.int(),
      layers: z.int(),
      heads: z.int(),
      kvHeads: z.int(),
      vocabulary: z.int(),
      parameters: z.int()
    })),
    /** Facts of each arm at each size, in the study's order; of those that make the study's steps. */
    arms: z.array(armFacts),
    /** Likewise of those that do as much work as another arm, and so make another number of steps. */
    atWork: z.array(armFacts),
    /** How each arm is trained, by the study's names, in its order. */
    settings: z.array(z.strictObject({ arm: z.string(), setting: z.string(), value: z.string() })),
    steps: z.int(),
    batchSize: z.int(),
    sequenceLength: z.int(),
    seeds: z.array(z.int()),
    /** Claims to decide, in the study's order. */
    claims: z.array(z.strictObject({
      says: z.string(),
      source: z.string(),
      measure: z.string(),
      of: z.string(),
      /** Arm, or number, compared with. */
      than: z.union([z.string(), z.number()]),
      /** Of one size or every size; or of the gap between the two from size to size. */
      relation: z.enum([">", "<", "=", "within", "grows", "shrinks"]),
      margin: z.number(),
      /** The size spoken of; null for every size. */
      size: z.string().nullable()
    }))
  }),
  /** Labels of metrics: size, arm, seed, first step. Of the others: size, arm, seed, step. */
  inputs: {
    documents: Documents,
    packed: Packed,
    metrics: Stage.many(Metrics),
    spectra: Stage.many(Spectra),
    dynamics: Stage.many(Dynamics),
    intruders: Stage.many(Intruders),
    similarity: Stage.many(Similarity),
    perplexity: Stage.many(Perplexity),
    accuracy: Stage.many(Accuracy),
    /** Of the last checkpoint only. */
    scores: Stage.many(Scores),
    /** Of the arms that do as much work as another, at their own last step. */
    workPerplexity: Stage.many(Perplexity),
    /** Of models from elsewhere, by their label model. */
    modelPerplexity: Stage.many(Perplexity),
    modelAccuracy: Stage.many(Accuracy),
    modelSpectra: Stage.many(Spectra)
  },
  outputs: { files: Files, cells: Cells, sources: CellSources, queries: CellQueries },
  tellsAcceptances: true,
  source: "stages/report/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
