import { lastOf } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, scientific, text } from "../table.ts"
import sql from "./sweeps.sql"

export const sweeps: Question = {
  name: "sweeps",
  title: "Learning rates tried",
  caption: () =>
    "One row an arm and a learning rate, at the end of training. Loss: on held-out text, its mean over seeds. Best: the lowest " +
    "loss; of equal ones the lowest rate.",
  published: [],
  columns: [
    text("size", "size"),
    text("family", "arm"),
    scientific("learning_rate", "learning rate", 2),
    integer("seeds", "seeds"),
    fixed("loss", "held-out loss", 4, "nats/token"),
    fixed("above_best", "above the best", 4, "nats/token"),
    text("best", "best")
  ],
  sql,
  sources: [
    {
      from: "perplexity",
      columns: ["seeds", "loss", "above_best", "best"],
      where: { size: "size", step: lastOf("perplexity"), source: "'held-out'" }
    },
    {
      from: "arms",
      columns: ["family", "learning_rate", "above_best", "best"],
      where: { size: "size" },
      settings: ["family", "learningRate"]
    }
  ],
  section: "training"
}
