import * as z from "zod"
import { flag, fraction, positive } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const PeriodicLora = declare({
  kind: "periodic-lora",
  about: "trains low-rank adapters in stages: each ends in the weights and leaves nothing behind but those",
  settings: {
    ...pair,
    stageSteps: positive.describe("steps of a stage"),
    keep: fraction.default(0).describe("share of the old factors that goes on into the next stage; 0: none"),
    rule: z.enum(["exact", "decay"]).default("exact").describe(
      "how a share is kept: so that the weights stay what they were, or as a third-party implementation does, W + keep·s·B·A and " +
        "factors (1 − keep) times what they were, which changes them and resets no moments"
    ),
    restartSchedule: flag.default(true).describe("whether the learning rate's schedule begins anew with each stage"),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    warmStartSteps,
    productDtype
  },
  when: {
    stageSteps: "planned",
    keep: "unload",
    rule: "unload",
    restartSchedule: "planned",
    initA: "attach",
    warmStartSteps: "planned",
    productDtype: "planned"
  },
  shown: ["rank", "alpha"]
})
