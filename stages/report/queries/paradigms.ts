import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"

const sql = `
  select accuracy.suite, accuracy.phenomenon, accuracy.paradigm, runs.size, runs.arm, runs.seed, accuracy.pairs,
    accuracy.correct, accuracy.ties, accuracy.identical, 100.0 * accuracy.correct / accuracy.pairs as percent
  from accuracy join runs using (size, arm, seed)
  where accuracy.step = (select max(step) from accuracy)
  order by accuracy.suite desc, accuracy.phenomenon, accuracy.paradigm, runs.place, runs.seed
`

export const paradigms: Question = {
  name: "paradigms",
  title: "Accuracy by paradigm",
  caption: () =>
    "One row a paradigm and a run, at the last checkpoint. Ties count as wrong; identical pairs, whose two sentences " +
    "are " +
    "the same text, are among the ties.",
  published: false,
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
  section: "minimal pairs"
}
