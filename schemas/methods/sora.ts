import * as z from "zod"
import { nonnegative, positive } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Sora = declare({
  kind: "sora",
  about: "trains low-rank adapters with a gate on each direction, which a proximal step takes to zero",
  settings: {
    ...pair,
    sparsity: nonnegative.default(3e-4).describe("λ: threshold of a gate's proximal step, as thresholdBy says"),
    thresholdBy: z.enum(["constant", "rate"]).default("constant").describe(
      "whether the threshold is λ itself (as the official code runs) or λ times the learning rate"
    ),
    operator: z.enum(["soft", "official"]).default("soft").describe(
      "soft-thresholding, or the official code's, which zeroes gates below the threshold after it has shrunk them by it"
    ),
    raiseFrom: positive.optional().describe("step after which λ begins to rise to raiseTo; default: it does not"),
    raiseEvery: positive.optional().describe("steps between its rises"),
    raises: positive.default(7).describe("how many equal rises"),
    raiseTo: nonnegative.default(7e-4).describe("λ after the last rise"),
    l1: nonnegative.default(0).describe("weight of a further loss term, the mean size of a layer's gates"),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe(
      "first value of A; B starts at zero, gates at N(0, 1)"
    ),
    warmStartSteps,
    productDtype
  },
  when: {
    raiseFrom: "planned",
    raiseEvery: "planned",
    raises: "planned",
    raiseTo: "planned",
    initA: "attach",
    warmStartSteps: "planned",
    productDtype: "planned"
  },
  shown: ["rank", "alpha"],
  rules: ({ raiseEvery, raiseFrom, raiseTo, raises, sparsity, warmStartSteps }, steps) => {
    if (raiseFrom === undefined) {
      return raiseEvery === undefined ? [] : [["raiseFrom", "is missing: raiseEvery needs a step to begin after"]]
    }
    if (raiseEvery === undefined && raises > 1) {
      return [["raiseEvery", "is missing: raiseFrom needs the steps between rises"]]
    }
    if (raiseFrom <= warmStartSteps) return [["raiseFrom", `expected a step after warmStartSteps ${warmStartSteps}`]]
    if (raiseTo <= sparsity) return [["raiseTo", `expected more than sparsity ${sparsity}`]]
    const last = raiseFrom + (raises - 1) * (raiseEvery ?? 0)
    return steps !== undefined && last >= steps
      ? [["raiseFrom", `expected its last rise, after step ${last}, before training.steps ${steps}`]]
      : []
  }
})
