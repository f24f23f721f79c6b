import * as z from "zod"
import { declare, rank, targets } from "./declare.ts"

export const Cola = declare({
  kind: "cola",
  about: "trains each layer as two factors with an activation between them, so that it has no effective weight",
  settings: {
    rank: rank.default("width/4").describe("of the factors; width/N scales it with the model"),
    activation: z.enum(["silu", "identity"]).default("silu").describe(
      "between the factors; with identity the layer is the plain product B·A"
    ),
    targets
  },
  shown: ["activation"]
})
