import { lastOf, ofArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, scientific, text } from "../table.ts"
import sql from "./layers.sql"

export const layers: Question = {
  name: "layers",
  title: "Every layer at the last checkpoint",
  caption: ({ config: { seeds } }) =>
    `One row a matrix${seeds.length > 1 ? `, averaged over ${seeds.length} seeds` : ""}. Rank: singular values above ` +
    "the rounding floor; condition number of rank: σ max over the last of them. Where the rank is less than rows and " +
    "columns, σ min is rounding.",
  published: [],
  columns: [
    text("component", "component"),
    text("kind", "kind"),
    text("size", "size"),
    text("arm", "arm"),
    integer("layer", "layer"),
    integer("rows", "rows"),
    integer("columns", "columns"),
    fixed("per", "PER", 4),
    fixed("numerical_rank", "rank", 1),
    scientific("condition_number_of_rank", "condition number of rank", 3),
    scientific("sigma_max", "σ max", 3),
    scientific("sigma_min", "σ min", 3),
    scientific("frobenius", "norm", 3)
  ],
  sql,
  sources: [
    {
      from: "spectra",
      where: { ...ofArm, component: "component", kind: "kind", layer: "layer", step: lastOf("spectra") }
    }
  ],
  section: "updates"
}
