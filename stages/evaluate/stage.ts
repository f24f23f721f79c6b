import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { ModelShape } from "../../schemas/model.ts"
import { Accuracy, Checkpoint, Files, HeldOut, Pairs, Perplexity, Scores, Texts, Words } from "../../schemas/tables.ts"

/** Makes the minimal pairs: the generated suite in the training vocabulary, BLiMP and other suites where given. */
export const pairs = Stage.make({
  name: "pairs",
  about:
    "Makes minimal pairs in the training vocabulary; takes BLiMP's 67 files (file group blimp) and other suites (pairs.NAME)",
  config: z.strictObject({
    /** Pairs generated for each paradigm. */
    perParadigm: z.int().nonnegative(),
    /** A word is used when the training split holds it at least this often. */
    minimumCount: z.int().positive(),
    seed: z.int().nonnegative(),
    /** Suites of file groups pairs.NAME: name, and fields of their lines. */
    suites: z.array(z.strictObject({
      suite: z.string(),
      good: z.string(),
      bad: z.string(),
      paradigm: z.string(),
      phenomenon: z.string()
    }))
  }),
  inputs: { words: Words },
  outputs: { pairs: Pairs },
  source: "stages/evaluate/pairs.ts",
  load: (): Promise<Stage.Loaded> => import("./pairs.ts")
})

/** Reads and tokenizes texts from outside the corpus. */
export const texts = Stage.make({
  name: "texts",
  about: "Reads texts from outside the corpus (Paloma, WikiText, plain text, JSON lines) and tokenizes them",
  config: z.strictObject({
    /** Name of the collection, which Paloma's sources bring themselves. */
    name: z.string(),
    format: z.enum(["paloma", "wikitext", "text", "jsonl"]),
    /** Fields of JSON lines; domain null: all are one domain. */
    field: z.string(),
    domainField: z.string().nullable(),
    /** null: all. */
    textsPerDomain: z.int().positive().nullable()
  }),
  inputs: { tokenizer: Files },
  outputs: { texts: Texts },
  source: "stages/evaluate/texts.ts",
  load: (): Promise<Stage.Loaded> => import("./texts.ts")
})

/** Scores a checkpoint on held-out text and minimal pairs. */
export const evaluate = Stage.make({
  name: "evaluate",
  about: "Scores a checkpoint: held-out perplexity by domain in two definitions, and minimal-pair accuracy",
  config: z.strictObject({
    step: z.int().nonnegative(),
    model: ModelShape,
    sequenceLength: z.int().positive(),
    /** Tokens between the windows of a longer text; null: its first sequenceLength tokens only. */
    stride: z.int().positive().nullable(),
    /** Texts of each domain scored of those held out of the corpus; other texts are scored whole. */
    textsPerDomain: z.int().positive(),
    /** Pairs of the generated suite scored in each paradigm; others are scored whole. */
    pairsPerParadigm: z.int().nonnegative(),
    /** Token put before sentences of minimal pairs; null: none, and first tokens are not scored. */
    startToken: z.string().nullable()
  }),
  inputs: {
    checkpoint: Checkpoint,
    heldout: Stage.many(HeldOut),
    texts: Stage.many(Texts),
    tokenizer: Files,
    pairs: Pairs
  },
  outputs: { perplexity: Perplexity, accuracy: Accuracy, scores: Scores },
  usesEngine: true,
  // Sums in float32, in an order that depends on the processor; pairs of which both sentences score alike may change sides.
  determinism: {
    class: "tolerance",
    columns: {
      perplexity: { nats: { relative: 1e-5 }, token_weighted: { relative: 1e-5 }, mean_of_texts: { relative: 1e-5 } },
      accuracy: { correct: { absolute: 1 }, ties: { absolute: 1 } }
    }
  },
  source: "stages/evaluate/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
