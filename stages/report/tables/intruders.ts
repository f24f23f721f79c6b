import { lastOf, ofArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, text } from "../table.ts"
import sql from "./intruders.sql"

export const intruders: Question = {
  name: "intruders",
  title: "Intruder dimensions at the last checkpoint",
  caption: () =>
    "One row a component and arm, averaged over layers: of the left singular vectors of the largest singular values of the " +
    "effective weight (of), how many have no vector of the initial weight within an absolute cosine of the threshold " +
    "(arXiv 2410.21228), and the least of the largest cosines. Weights that start at random have no structure to keep, so that " +
    "full-rank training, too, brings intruders in: only differences between arms tell something. Layers without an effective weight " +
    "have no row.",
  published: [],
  columns: [
    text("component", "component"),
    text("size", "size"),
    text("arm", "arm"),
    fixed("intruders", "intruders", 2),
    fixed("top", "of", 1),
    fixed("threshold", "threshold", 1),
    fixed("least_similarity", "least cosine", 3)
  ],
  sql,
  sources: [{ from: "intruders", where: { ...ofArm, component: "component", step: lastOf("intruders") } }],
  section: "dynamics"
}
