import { fraction, nonnegative, positive, positiveNumber } from "../setting.ts"
import { declare, rank, targets, warmStartSteps } from "./declare.ts"

export const SubspaceMuon = declare({
  kind: "subspace-muon",
  about: "trains every parameter by orthogonalised steps of full rank; momentum of the layers is kept in a subspace",
  settings: {
    rank: rank.default("width/4").describe(
      "of the subspace that momentum is kept in; width/N scales it with the model"
    ),
    refreshEvery: positive.default(200).describe("steps between renewals of the subspace"),
    momentum: fraction.default(0.95).describe("of the running mean of projected gradients; Nesterov's form"),
    outside: nonnegative.default(0.05).describe(
      "weight of the gradient's part outside the subspace in a step, before it is orthogonalised; 0: steps of low rank"
    ),
    iterations: positive.default(5).describe("Newton-Schulz iterations"),
    otherRate: positiveNumber.default(0.015).describe(
      "learning rate of what AdamW trains, embeddings and norms, over the arm's"
    ),
    targets,
    warmStartSteps
  },
  when: { refreshEvery: "planned", warmStartSteps: "planned" },
  draws: false
})
