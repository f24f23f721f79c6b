import * as z from "zod"
import { flag, positive } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Lte = declare({
  kind: "lte",
  about: "trains several low-rank heads on parts of the batch and merges their mean into the weights again and again",
  settings: {
    ...pair,
    rank: pair.rank.default(32).describe("of each head's pair; width/N scales it with the model"),
    alpha: pair.alpha.default(4096),
    dropout: pair.dropout.default(0),
    heads: positive.default(32).describe(
      "pairs beside each layer, each trained on its own rows: a divisor of training.batchSize"
    ),
    mergeEvery: positive.describe("optimizer steps between merges of the heads' mean change"),
    resetAtMerge: flag.default(false).describe(
      "whether heads begin anew after a merge, without moments; false (as published): they go on, less what was merged of them"
    ),
    law: z.enum(["orthogonal", "kaiming"]).default("orthogonal").describe(
      "by which A is drawn: orthonormal rows times √(in / rank), or kaiming_uniform as LoRA has it; B starts at zero"
    ),
    warmStartSteps,
    productDtype
  },
  when: { mergeEvery: "planned", warmStartSteps: "planned", productDtype: "planned" },
  shown: ["rank", "alpha", "heads"]
})
