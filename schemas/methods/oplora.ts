import { between, natural, positive, positiveNumber } from "../setting.ts"
import { declare, productDtype, rank, targets, warmStartSteps } from "./declare.ts"

export const Oplora = declare({
  kind: "oplora",
  about: "trains low-rank adapters whose product follows the full gradient's step, by alternating least squares",
  settings: {
    rank: rank.default(16).describe("of the pair; width/N scales it with the model"),
    factorRate: positiveNumber.default(1).describe("learning rate of the product's step, over the arm's"),
    lookahead: natural.default(1).describe("rounds of least squares in a step; 0: both factors from the old ones"),
    proximal: positiveNumber.default(1e-2).describe(
      "λ over the product's rate: how strongly least squares hold a factor where it was"
    ),
    momentum: between(0, 0.999).default(0.9).describe("μ of the product's step; 0 keeps no momentum"),
    damping: between(0, 0.999).default(0).describe("share of the gradient left out of step and momentum"),
    momentumRank: positive.default(1).describe("rank of the momentum, in ranks of the pair"),
    targets,
    warmStartSteps,
    productDtype
  },
  when: { warmStartSteps: "planned", productDtype: "planned" }
})
