import { lastOf, ofArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, text } from "../table.ts"
import sql from "./similarity.sql"

const ofCheckpoint = { ...ofArm, component: "component", step: "step" } as const

export const similarity: Question = {
  name: "similarity",
  title: "Likeness of activations between checkpoints",
  caption: () =>
    "One row a component, arm and checkpoint, averaged over layers: how alike activations on the fixed batch are to those of the " +
    "last checkpoint and of the one before (since), by linear CKA and by projection-weighted CCA; 1 is alike up to a rotation and " +
    "a scale (CKA) or up to any linear map (PWCCA).",
  published: [],
  columns: [
    text("component", "component"),
    text("size", "size"),
    text("arm", "arm"),
    integer("step", "step"),
    ...grouped("to the last", [fixed("cka_last", "CKA", 4), fixed("pwcca_last", "PWCCA", 4)]),
    ...grouped("to the one before", [
      integer("since", "since"),
      fixed("cka_since", "CKA", 4),
      fixed("pwcca_since", "PWCCA", 4)
    ]),
    integer("samples", "windows")
  ],
  sql,
  sources: [
    { from: "similarity", columns: ["component", "step", "samples"], where: ofCheckpoint },
    {
      from: "similarity",
      columns: ["cka_last", "pwcca_last"],
      where: { ...ofCheckpoint, other: lastOf("similarity") }
    },
    { from: "similarity", columns: ["since", "cka_since", "pwcca_since"], where: { ...ofCheckpoint, other: "since" } }
  ],
  section: "dynamics"
}
