import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, scientific, text, theirs } from "../table.ts"
import sql from "./learning-rates.sql"

export const learningRates: Question = {
  name: "learning-rates",
  title: "Learning rates",
  caption: () =>
    "One row an arm and a checkpoint: the rate of the update that ends there, and its share of the largest rate of the arm. " +
    "Published: the method's schedule at the same share of training, of its peak.",
  published: ["training"],
  columns: [
    ...grouped(ours, [
      text("arm", "arm"),
      integer("step", "step"),
      scientific("rate", "rate", 3),
      fixed("of_peak", "of peak", 1, "%")
    ]),
    ...grouped(theirs, [
      integer("published_step", "step"),
      scientific("published_rate", "rate", 3),
      fixed("published_of_peak", "of peak", 1, "%")
    ])
  ],
  sql,
  section: "training"
}
