import * as z from "zod"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Dylora = declare({
  kind: "dylora",
  about: "trains low-rank adapters that are of use at every rank up to theirs: each step has a rank of its own",
  settings: {
    ...pair,
    mode: z.enum(["frozen", "full"]).default("frozen").describe(
      "what a step of rank b trains: direction b alone (as published runs), or all up to it"
    ),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    warmStartSteps,
    productDtype
  },
  when: { initA: "attach", warmStartSteps: "planned", productDtype: "planned" },
  shown: ["rank", "alpha"]
})
