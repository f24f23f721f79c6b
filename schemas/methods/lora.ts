import * as z from "zod"
import { declare, pair, productDtype, warmStartSteps } from "./declare.ts"

export const Lora = declare({
  kind: "lora",
  about: "trains low-rank adapters beside frozen weights",
  settings: {
    ...pair,
    initA: z.enum(["zero", "kaiming"]).default("kaiming").describe("first value of A; B starts at zero"),
    warmStartSteps,
    productDtype
  },
  when: { initA: "attach", warmStartSteps: "planned", productDtype: "planned" },
  shown: ["rank", "alpha"]
})
