import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./published-curves.sql"

export const publishedCurves: Question = {
  name: "published-curves",
  title: "Published training curves",
  caption: () =>
    "One row a step of a published run, seed 42. Perplexity: mean of texts on a sample of Paloma. Losses and the " +
    "full-rank " +
    "perplexities are read off vector figures, the rest are the authors' evaluation files.",
  published: ["curves"],
  columns: [
    text("size", "model"),
    text("method", "method"),
    integer("step", "step"),
    fixed("loss", "training loss", 3, "nats/token"),
    fixed("perplexity", "perplexity by text", 1),
    fixed("blimp", "BLiMP", 2, "%")
  ],
  sql,
  sources: [{
    from: "published_curves",
    columns: ["size", "method", "step", "loss", "perplexity", "blimp"],
    where: { size: "size", method: "method", step: "step" }
  }],
  section: "published"
}
