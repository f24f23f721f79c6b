import { besidePublished, lastOf, ofArm, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, scientific, text, theirs } from "../table.ts"
import sql from "./dynamics.sql"

export const dynamics: Question = {
  name: "dynamics",
  title: "Activations and gradients at the last checkpoint",
  caption: () =>
    "One row a component, kind and arm, averaged over layers (ov_heads: and heads), on one fixed batch of held-out text for all. " +
    "Activation: what the layer gives at the last position, one row a window of text. Gradient: of the mean loss with respect to " +
    "the effective weight, the same object for every arm; gradient_A and gradient_B: of the adapter's pair, or of the factors of a layer without an effective weight. The published updates of " +
    "full-rank runs are such gradients, on another batch. Gini and Hoyer: inequality and sparsity of the entries, 0 to 1. " +
    "Anisotropy: mean cosine of two rows. Matrices that are exactly zero are counted and have no PER.",
  published: ["updates"],
  columns: [
    ...grouped(ours, [
      text("component", "component"),
      text("kind", "kind"),
      text("size", "size"),
      text("arm", "arm"),
      fixed("per", "PER", 4),
      fixed("numerical_rank", "rank", 1),
      scientific("condition_number_of_rank", "condition number of rank", 2),
      scientific("condition_number", "σ max/min", 2),
      scientific("frobenius", "norm", 2),
      fixed("gini", "Gini", 3),
      fixed("hoyer", "Hoyer", 3),
      fixed("anisotropy", "anisotropy", 3),
      integer("zero", "zero"),
      integer("matrices", "of")
    ]),
    ...grouped(theirs, [
      text("published_model", "model"),
      integer("published_step", "step"),
      fixed("published_per", "PER", 3),
      scientific("published_condition_number", "σ max/min", 2)
    ])
  ],
  sql,
  sources: [
    { from: "dynamics", where: { ...ofArm, component: "component", kind: "kind", step: lastOf("dynamics") } },
    besidePublished("updates", ["published_model", "published_step", "published_per", "published_condition_number"]),
    unused("spectra")
  ],
  section: "dynamics"
}
