import { lastOf, ofArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, scientific, text } from "../table.ts"
import sql from "./norms.sql"

export const norms: Question = {
  name: "norms",
  title: "Norms and sparsity at the last checkpoint",
  caption: () =>
    "One row a component, kind and arm, averaged over layers. Gini: inequality of the entries' sizes; Hoyer: their sparsity; both 0 " +
    "where all are alike and near 1 where one outweighs the rest. Zero matrices have Gini 0 and no Hoyer. Circuits of single heads " +
    "(ov_heads) are known by their factors, so that entries are not measured.",
  published: [],
  columns: [
    text("component", "component"),
    text("kind", "kind"),
    text("size", "size"),
    text("arm", "arm"),
    scientific("frobenius", "Frobenius norm", 3),
    scientific("nuclear", "nuclear norm", 3),
    scientific("max_abs", "largest entry", 3),
    fixed("gini", "Gini", 4),
    fixed("hoyer", "Hoyer", 4)
  ],
  sql,
  sources: [
    { from: "spectra", where: { ...ofArm, component: "component", kind: "kind", step: lastOf("spectra") } }
  ],
  section: "weights"
}
