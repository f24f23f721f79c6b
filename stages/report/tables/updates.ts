import { besidePublished, ofArm, type Source, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, scientific, text, theirs } from "../table.ts"
import sql from "./updates.sql"

export const aboutUpdates =
  "Adapter: the product B·A of the pair; realised: change of the effective weight since the previous " +
  "checkpoint (from), the same object for every method, comparable over equal spans of steps only. PER of a product " +
  "cannot exceed rank / min(rows, columns), its bound; PER of rank is relative to the rank the matrix can have at most. Rank: singular values above the rounding floor " +
  "(max(rows, columns)·2⁻²⁴ of the largest; for a product stored in bf16, 2⁻⁹ of the largest norms of a row and of a " +
  "column together); condition number of rank: the largest singular value over the last one above the floor; by factors: over " +
  "all that B·A can have, from a QR decomposition of B and A, which knows no rounding of the product. Neither does " +
  "not go to the smallest of all, because an update of lower rank than its sides has zeros there, and what is found " +
  "in their place is rounding: its σ max/min, given only for comparison, is the floor of its number format, some 10⁷ " +
  "to 10¹² in float32 and 10³ to 10⁷ in bf16, whatever was learnt. All are means over layers, ± the half-width of a 95 % band over layers; a zero matrix has rank " +
  "0 and neither PER nor condition number, and the layers whose matrix is exactly zero are counted. Published beside " +
  "the adapter: B·A stored in bf16, whose σ max/min stands only beside what is stored so too; beside the full-rank " +
  "change: the gradient on a held-out batch, another kind of object."

export const updateColumns = [
  ...grouped(ours, [
    text("component", "component"),
    text("kind", "kind"),
    text("size", "size"),
    text("arm", "arm"),
    integer("from_step", "from"),
    integer("step", "step"),
    fixed("per", "PER", 4),
    fixed("per_band", "± 95 %", 4),
    fixed("per_bound", "bound", 4),
    fixed("per_of_rank", "PER of rank", 4),
    fixed("numerical_rank", "rank", 1),
    scientific("condition_number_of_rank", "condition number of rank", 2),
    scientific("condition_number_of_rank_band", "± 95 %", 2),
    scientific("condition_number_of_factors", "by factors", 2),
    scientific("frobenius", "norm", 2),
    integer("zero", "zero", "layers"),
    integer("matrices", "of"),
    scientific("condition_number", "σ max/min", 2)
  ]),
  ...grouped(theirs, [
    text("published_object", "object"),
    text("published_model", "model"),
    integer("published_step", "step"),
    fixed("published_per", "PER", 3),
    scientific("published_condition_number", "σ max/min", 2)
  ])
]

export const updateSources: ReadonlyArray<Source> = [
  { from: "spectra", where: { ...ofArm, component: "component", kind: "kind", step: "step" } },
  besidePublished("updates", [
    "published_object",
    "published_model",
    "published_step",
    "published_per",
    "published_condition_number"
  ]),
  unused("dynamics")
]

export const updates: Question = {
  name: "updates",
  title: "Updates at the last checkpoint",
  caption: () => `One row a component, kind and arm. ${aboutUpdates}`,
  published: ["updates"],
  columns: updateColumns,
  sql,
  sources: updateSources,
  section: "updates"
}
