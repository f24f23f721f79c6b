import { between } from "../setting.ts"
import { alpha, declare, productDtype, rank, targets } from "./declare.ts"

export const Sltrain = declare({
  kind: "sltrain",
  about: "trains each layer as a low-rank product and a sparse matrix, from the first step",
  settings: {
    rank: rank.default("width/4").describe("of the product; width/N scales it with the model"),
    alpha: alpha.default("rank*0.25").describe("scale of the product is alpha / rank; rank*X keeps the scale at X"),
    density: between(1e-6, 1).default(0.03).describe("share of the sparse matrix's entries that are not zero"),
    targets,
    productDtype
  },
  when: { productDtype: "planned" },
  shown: ["rank", "alpha", "density"],
  shownSeed: true
})
