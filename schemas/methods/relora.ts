import * as z from "zod"
import { flag, fraction, natural, positive } from "../setting.ts"
import { declare, pair, productDtype } from "./declare.ts"

export const Relora = declare({
  kind: "relora",
  about: "trains low-rank adapters that are merged into the weights again and again",
  settings: {
    ...pair,
    resetEvery: positive.describe("optimizer steps between merges"),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe(
      "first value of A; B starts at zero. zero (as published): no gradient reaches the pair before the first reset"
    ),
    mergeScale: z.literal([1, "alpha/rank"]).default("alpha/rank").describe(
      "factor of B·A when merged. 1 (as published) changes the function; alpha/rank keeps it"
    ),
    reinitEffective: flag.default(true).describe(
      "whether the re-initialisation after a merge takes effect. false (as published): the pair trains on after the merge"
    ),
    optimizerPrune: fraction.default(0.999).describe(
      "share of the pair's AdamW moments set to zero at a merge, at random"
    ),
    warmStartSteps: natural.default(0).describe(
      "full-rank steps before the adapters are attached; a multiple of resetEvery"
    ),
    productDtype
  },
  when: {
    resetEvery: "planned",
    initA: "attach",
    mergeScale: "merge",
    reinitEffective: "merge",
    optimizerPrune: "merge",
    warmStartSteps: "planned",
    productDtype: "planned"
  },
  shown: ["rank", "alpha"],
  rules: ({ resetEvery, warmStartSteps }) =>
    warmStartSteps % resetEvery === 0
      ? []
      : [["warmStartSteps", `expected a multiple of resetEvery ${resetEvery}, so that adapters start with a cycle`]]
})
