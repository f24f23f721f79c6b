import { besidePublished, ofArm, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./weights.sql"

const measures = [
  fixed("per", "PER", 4),
  fixed("per_band", "± 95 %", 4),
  fixed("condition_number", "condition number", 3),
  fixed("condition_number_band", "± 95 %", 3)
]
const published = [
  text("published_model", "model"),
  integer("published_step", "step"),
  fixed("published_per", "PER", 3),
  fixed("published_condition_number", "condition number", 2)
]

export const aboutWeights =
  "PER: proportional effective rank, exp of the entropy of the singular values' shares over their number; condition " +
  "number: " +
  "largest over smallest singular value; both averaged over layers, with the half-width of a 95 % band over layers. " +
  "Kind " +
  "weight: the stored matrix, without the adapter, as published; effective: what the forward pass uses, adapter " +
  "included. Layers of cola have no effective weight, because an activation stands between their factors: of them there are A, B " +
  "and product (B·A, by which nothing is multiplied; its condition number is that of its rank, and has no band). The circuits of single heads (ov_heads) are of less rank than their sides, and their condition number is " +
  "over the singular values they can have; averaged over heads too."

export const weights: Question = {
  name: "weights",
  title: "Weights at the first and last checkpoint",
  caption: () => `One row a component, kind and arm at the first and the last measured checkpoint. ${aboutWeights}`,
  published: ["weights"],
  columns: [
    ...grouped(ours, [
      text("component", "component"),
      text("kind", "kind"),
      text("size", "size"),
      text("arm", "arm"),
      integer("step", "step"),
      ...measures
    ]),
    ...grouped(theirs, published)
  ],
  sql,
  sources: [
    { from: "spectra", where: { ...ofArm, component: "component", kind: "kind", step: "step" } },
    besidePublished("weights", published.map(({ name }) => name)),
    unused("dynamics")
  ],
  section: "weights"
}
