import * as z from "zod"
import { positive } from "../setting.ts"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Reslora = declare({
  kind: "reslora",
  about: "trains low-rank adapters with shortcuts from the adapters of the layers before",
  settings: {
    ...pair,
    shortcut: z.enum(["input", "block", "middle"]).default("block").describe(
      "what an adapter is joined to: what went into the layers of its kind before it, their whole adapters, or what their A gives"
    ),
    previous: z.union([positive, z.literal("all")], "expected a positive whole number, or all").default(1).describe(
      "of how many layers before"
    ),
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    warmStartSteps,
    productDtype
  },
  when: { initA: "attach", warmStartSteps: "planned", productDtype: "planned" },
  shown: ["rank", "alpha", "targets", "shortcut", "previous"],
  rules: ({ previous, shortcut }) =>
    shortcut === "input" && previous !== 1
      ? [["previous", "expected 1: the shortcut of inputs is from the one layer before"]]
      : []
})
