import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { ModelShape } from "../../schemas/model.ts"
import { Accuracy, Checkpoint, Files, HeldOut, Pairs, Perplexity, Words } from "../../schemas/tables.ts"

/** Makes the minimal pairs: the generated suite in the training vocabulary, and BLiMP where its folder is given. */
export const pairs = Stage.make({
  name: "pairs",
  about:
    "Makes minimal pairs in the training vocabulary; takes BLiMP's 67 files where they are given (file group blimp)",
  config: z.strictObject({
    /** Pairs generated for each paradigm. */
    perParadigm: z.int().nonnegative(),
    /** A word is used when the training split holds it at least this often. */
    minimumCount: z.int().positive(),
    seed: z.int().nonnegative()
  }),
  inputs: { words: Words },
  outputs: { pairs: Pairs },
  source: "stages/evaluate/pairs.ts",
  load: (): Promise<Stage.Loaded> => import("./pairs.ts")
})

/** Scores a checkpoint on held-out text and minimal pairs. */
export const evaluate = Stage.make({
  name: "evaluate",
  about: "Scores a checkpoint: held-out perplexity by domain in two definitions, and minimal-pair accuracy",
  config: z.strictObject({
    step: z.int().nonnegative(),
    model: ModelShape,
    sequenceLength: z.int().positive(),
    textsPerDomain: z.int().positive(),
    /** Pairs of the generated suite scored in each paradigm; BLiMP is scored whole. */
    pairsPerParadigm: z.int().nonnegative()
  }),
  inputs: { checkpoint: Checkpoint, heldout: HeldOut, tokenizer: Files, pairs: Pairs },
  outputs: { perplexity: Perplexity, accuracy: Accuracy },
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
