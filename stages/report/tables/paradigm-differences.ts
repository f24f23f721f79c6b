import type { Question } from "../question.ts"
import { fixed, grouped, ours, text, theirs } from "../table.ts"
import { comparedColumns } from "./accuracy-differences.ts"
import sql from "./paradigm-differences.sql"

const ofParadigm = { size: "size", suite: "suite", phenomenon: "phenomenon", paradigm: "paradigm" } as const

export const paradigmDifferences: Question = {
  name: "paradigm-differences",
  title: "Accuracy against full-rank training by paradigm",
  caption: () =>
    "One row a suite, an arm and a paradigm, at the last checkpoint, against the first full-rank arm of its size on the " +
    "same pairs; interval and p as in the table of overall accuracies. q: p adjusted for all rows of this table by " +
    "Benjamini and Hochberg. Published: BLiMP's paradigm of that name, beside generated pairs other sentences of its kind.",
  published: ["pairs"],
  columns: [
    ...grouped(ours, [
      text("suite", "suite"),
      text("phenomenon", "phenomenon"),
      text("paradigm", "paradigm"),
      text("size", "size"),
      text("arm", "arm"),
      text("against", "against"),
      ...comparedColumns,
      text("p", "p"),
      text("q", "q")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      fixed("published_percent", "ReLoRA", 1, "%"),
      fixed("published_baseline", "full-rank", 1, "%"),
      fixed("published_difference", "difference", 1, "points")
    ])
  ],
  sql,
  sources: [
    { from: "arms", columns: ["against"], where: { size: "size", arm: "against" }, settings: ["arm"] },
    { from: "scores", where: { ...ofParadigm, arm: ["arm", "against"] } },
    { from: "scores", columns: ["percent"], where: { ...ofParadigm, arm: "arm" } },
    { from: "scores", columns: ["baseline_percent"], where: { ...ofParadigm, arm: "against" } },
    // adjusted for all rows of the table
    { from: "scores", columns: ["q"] },
    {
      from: "published_paradigms",
      columns: ["published_size", "published_difference"],
      where: { paradigm: "paradigm", size: "published_size" }
    },
    {
      from: "published_paradigms",
      columns: ["published_percent"],
      where: { paradigm: "paradigm", size: "published_size", method: "'relora'" }
    },
    {
      from: "published_paradigms",
      columns: ["published_baseline"],
      where: { paradigm: "paradigm", size: "published_size", method: "'full-rank'" }
    }
  ],
  section: "minimal pairs"
}
