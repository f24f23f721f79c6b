import * as z from "zod"
import { flag } from "../setting.ts"
import { declare } from "./declare.ts"
import { projection } from "./galore.ts"

export const Fira = declare({
  kind: "fira",
  about: "GaLore, and the part of each gradient outside the subspace, scaled",
  settings: {
    ...projection,
    residual: z.enum(["paper", "official"]).default("paper").describe(
      "what is taken off the gradient: its projection (paper), or its projection times scale (the official code)"
    ),
    scaling: z.enum(["column", "matrix", "none"]).default("column").describe(
      "what the residual is scaled by: the norms of each column of the projected gradient before and after AdamW, of all of " +
        "it, or nothing"
    ),
    limiter: flag.default(true).describe("whether the residual's norm may grow by 1 % a step at most")
  },
  when: { refreshEvery: "planned", momentsAtRefresh: "refresh", warmStartSteps: "planned" },
  draws: false
})
