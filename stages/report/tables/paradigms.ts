import { lastOf, ofRun, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./paradigms.sql"

export const paradigms: Question = {
  name: "paradigms",
  title: "Accuracy by paradigm",
  caption: () =>
    "One row a paradigm and a run, at the last checkpoint. Ties count as wrong; identical pairs, whose two sentences " +
    "are " +
    "the same text, are among the ties.",
  published: [],
  columns: [
    text("suite", "suite"),
    text("phenomenon", "phenomenon"),
    text("paradigm", "paradigm"),
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("pairs", "pairs"),
    integer("correct", "correct"),
    integer("ties", "ties"),
    integer("identical", "identical"),
    fixed("percent", "accuracy", 2, "%")
  ],
  sql,
  sources: [
    {
      from: "accuracy",
      where: {
        ...ofRun,
        suite: "suite",
        phenomenon: "phenomenon",
        paradigm: "paradigm",
        step: lastOf("accuracy")
      }
    },
    unused("metrics")
  ],
  section: "minimal pairs"
}
