import { ofRun, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./chance.sql"

export const chance: Question = {
  name: "chance",
  title: "Accuracy against chance",
  caption: () =>
    "One row a suite and a checkpoint of a run: pairs right, and p of the exact two-sided binomial test that each pair is " +
    "right with probability 1/2, as the study has it; q: adjusted for all rows by Benjamini and Hochberg. Ties count as " +
    "wrong. The test takes pairs for independent, which pairs of one paradigm are not quite.",
  published: [],
  columns: [
    text("suite", "suite"),
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("step", "step"),
    integer("pairs", "pairs"),
    integer("correct", "correct"),
    fixed("percent", "share", 2, "%"),
    text("p", "p"),
    text("q", "q")
  ],
  sql,
  sources: [
    { from: "accuracy", where: { ...ofRun, suite: "suite", step: "step" } },
    // adjusted for all rows of the table
    { from: "accuracy", columns: ["q"] },
    unused("metrics")
  ],
  section: "minimal pairs"
}
