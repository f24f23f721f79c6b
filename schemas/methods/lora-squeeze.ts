import * as z from "zod"
import { list, natural, positive } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const LoraSqueeze = declare({
  kind: "lora-squeeze",
  about: "trains low-rank adapters whose rank is cut on the way, each time by the best approximation of their product",
  settings: {
    ...pair,
    squeezeAt: list(positive, "steps").describe(
      "steps after which the rank is cut, ascending; the last step may be one"
    ),
    ranks: list(positive, "ranks").describe("ranks after each cut, descending, the first below rank"),
    rewarmSteps: natural.default(50).describe("steps in which the learning rate climbs back from 0 after a cut"),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    warmStartSteps,
    productDtype
  },
  when: {
    squeezeAt: "planned",
    ranks: "squeeze",
    rewarmSteps: "planned",
    initA: "attach",
    warmStartSteps: "planned",
    productDtype: "planned"
  },
  shown: ["rank", "alpha"],
  rules: ({ rank, ranks, squeezeAt, warmStartSteps }, steps) => {
    const descends = (values: ReadonlyArray<number>) => values.every((value, at) => at === 0 || value < values[at - 1]!)
    const at = [...squeezeAt].reverse()
    if (squeezeAt.length !== ranks.length) {
      return [["ranks", `expected as many as squeezeAt has steps, ${squeezeAt.length}`]]
    }
    if (!descends(at)) return [["squeezeAt", "expected ascending steps"]]
    if (squeezeAt[0]! <= warmStartSteps) return [["squeezeAt", `expected steps after warmStartSteps ${warmStartSteps}`]]
    if (steps !== undefined && at[0]! > steps) return [["squeezeAt", `expected steps up to training.steps ${steps}`]]
    if (!descends(ranks) || typeof rank === "number" && ranks[0]! >= rank) {
      return [["ranks", `expected descending ranks below ${rank}`]]
    }
    return []
  }
})
