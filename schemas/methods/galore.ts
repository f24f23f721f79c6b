import * as z from "zod"
import { positive, positiveNumber } from "../setting.ts"
import { declare, rank, targets, warmStartSteps } from "./declare.ts"

/** Settings of a projection of gradients. */
export const projection = {
  rank: rank.default("width/4").describe(
    "of the subspace that gradients are projected to; width/N scales it with the model"
  ),
  scale: positiveNumber.default(0.25).describe("factor of the projected update"),
  refreshEvery: positive.default(200).describe("steps between renewals of the subspace"),
  momentsAtRefresh: z.enum(["keep", "rotate"]).default("keep").describe(
    "what becomes of the first moment when the subspace is renewed: keep (as published), or carry it over"
  ),
  targets,
  warmStartSteps
}

export const Galore = declare({
  kind: "galore",
  about: "trains every parameter; AdamW of the layers works in a subspace of their gradients",
  settings: projection,
  when: { refreshEvery: "planned", momentsAtRefresh: "refresh", warmStartSteps: "planned" },
  draws: false
})
