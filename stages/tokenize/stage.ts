import * as z from "zod"
import * as Stage from "../../pipeline/stage.ts"
import { Documents, Files, HeldOut, Packed, Words } from "../../schemas/tables.ts"

/** Reads and cleans the corpus, holds documents out, trains or loads the tokenizer, encodes and packs. */
export const tokenize = Stage.make({
  name: "tokenize",
  about: "Cleans the corpus, holds documents out, trains or loads the tokenizer, encodes and packs the rest",
  config: z.strictObject({
    corpus: z.discriminatedUnion("source", [
      z.strictObject({ source: z.literal("gutenberg"), heldOutFraction: z.number() }),
      z.strictObject({
        source: z.literal("files"),
        format: z.enum(["text", "jsonl", "parquet"]),
        field: z.string(),
        heldOutFraction: z.number()
      })
    ]),
    tokenizer: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("train"), vocabulary: z.int() }),
      z.strictObject({ kind: z.literal("file"), endOfText: z.string() })
    ]),
    /** Tokens a row predicts; a packed row holds one more. Held-out text is cut to passages of at most as many. */
    sequenceLength: z.int().positive(),
    /** Documents joined before cutting to rows (paper, section on data: 350). */
    documentsPerBatch: z.int().positive(),
    /** Seed of the order of rows. */
    shuffleSeed: z.int().nonnegative()
  }),
  inputs: {},
  outputs: { packed: Packed, heldout: HeldOut, tokenizer: Files, documents: Documents, words: Words },
  source: "stages/tokenize/body.ts",
  load: (): Promise<Stage.Loaded> => import("./body.ts")
})
