import * as z from "zod"
import { between } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Droplora = declare({
  kind: "droplora",
  about: "trains low-rank adapters of which a random part of the directions is masked",
  settings: {
    ...pair,
    maskRate: between(0, 0.9).default(0.5).describe("probability that a direction of the pair is masked"),
    maskScope: z.enum(["step", "sequence", "token", "learned"]).default("step").describe(
      "what one mask is drawn for: a step (paper), a row of the batch, or each token (the official code); learned (official code) draws " +
        "none and trains it, and maskRate then says nothing"
    ),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    warmStartSteps,
    productDtype
  },
  when: { initA: "attach", warmStartSteps: "planned", productDtype: "planned" },
  shown: ["rank", "alpha"]
})
