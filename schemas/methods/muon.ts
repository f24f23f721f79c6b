import { fraction, positive, positiveNumber } from "../setting.ts"
import { declare, targets } from "./declare.ts"

export const Muon = declare({
  kind: "muon",
  about: "trains every parameter; matrices of layers by orthogonalised momentum",
  settings: {
    momentum: fraction.default(0.95).describe("of the running mean of gradients; Nesterov's form"),
    iterations: positive.default(5).describe("Newton-Schulz iterations"),
    otherRate: positiveNumber.default(0.015).describe(
      "learning rate of what AdamW trains, embeddings and norms, over the arm's (3e-4 over 0.02 as published)"
    ),
    targets
  },
  draws: false
})
