import { unused } from "../provenance/source.ts"
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
  sources: [
    { from: "arms", columns: ["arm"], where: { arm: "arm" }, settings: ["arm"] },
    { from: "metrics", columns: ["step", "rate"], where: { arm: "arm", step: "step" } },
    { from: "metrics", columns: ["of_peak"], where: { arm: "arm" } },
    {
      from: "published_rates",
      columns: ["published_step", "published_rate"],
      where: { method: "(select any_value(method) from arms where arms.arm = answer.arm)", step: "published_step" }
    },
    { from: "published_rates", columns: ["published_of_peak"] },
    unused("spectra"),
    unused("perplexity")
  ],
  section: "training"
}
