import type { Question } from "../question.ts"
import { type Suite, suiteWords } from "../suites.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./checkpoints.sql"

export const checkpoints = (suites: ReadonlyArray<Suite>): Question => ({
  name: "checkpoints",
  title: "Perplexity and accuracy over checkpoints",
  caption: () => "One row a checkpoint of a run. Accuracy: mean over the paradigms of a suite; chance is 50 %.",
  published: false,
  columns: [
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("step", "step"),
    fixed("nats_per_token", "held-out loss", 4, "nats/token"),
    fixed("token_weighted", "perplexity by token", 2),
    fixed("mean_of_texts", "perplexity by text", 2),
    ...suites.map(({ column, suite }) => fixed(column, suiteWords(suite), 2, "%"))
  ],
  sql,
  section: "held-out text"
})
