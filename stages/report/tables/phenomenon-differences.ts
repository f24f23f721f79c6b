import { baseline, ofArm } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { text } from "../table.ts"
import { comparedColumns } from "./accuracy-differences.ts"
import sql from "./phenomenon-differences.sql"

export const phenomenonDifferences: Question = {
  name: "phenomenon-differences",
  title: "Accuracy against full-rank training by phenomenon",
  caption: () =>
    "One row a suite, an arm and a phenomenon, at the last checkpoint, against the first full-rank arm of its size on the " +
    "same pairs; interval and p as in the table of overall accuracies. q: p adjusted for all rows of this table by " +
    "Benjamini and Hochberg.",
  published: [],
  columns: [
    text("suite", "suite"),
    text("size", "size"),
    text("arm", "arm"),
    text("phenomenon", "phenomenon"),
    ...comparedColumns,
    text("p", "p"),
    text("q", "q")
  ],
  sql,
  sources: [
    { from: "scores", where: { size: "size", arm: ["arm", baseline], suite: "suite", phenomenon: "phenomenon" } },
    { from: "scores", columns: ["percent"], where: { ...ofArm, suite: "suite", phenomenon: "phenomenon" } },
    {
      from: "scores",
      columns: ["baseline_percent"],
      where: { size: "size", arm: baseline, suite: "suite", phenomenon: "phenomenon" }
    },
    // adjusted for all rows of the table
    { from: "scores", columns: ["q"] }
  ],
  section: "minimal pairs"
}
