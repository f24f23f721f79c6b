import { overLast } from "../facts.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./loss.sql"

export const loss: Question = {
  name: "loss",
  title: "Loss and perplexity",
  caption: ({ tail }) =>
    `One row a run, at its end. Training loss: ${overLast(tail)}; difference: from the first full-rank arm ` +
    "of the same size and seed. Perplexity by token: exp of the summed loss over all tokens of all held-out texts; " +
    "by text: " +
    "unweighted mean of the texts' perplexities, the published definition (there on a sample of Paloma).",
  published: ["curves"],
  columns: [
    ...grouped(ours, [
      text("size", "size"),
      text("arm", "arm"),
      integer("seed", "seed"),
      fixed("loss", "training loss", 4, "nats/token"),
      fixed("difference", "difference", 4, "nats/token"),
      fixed("nats_per_token", "held-out loss", 4, "nats/token"),
      fixed("token_weighted", "perplexity by token", 2),
      fixed("mean_of_texts", "perplexity by text", 2)
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      fixed("published_loss", "training loss", 3, "nats/token"),
      fixed("published_difference", "difference", 3, "nats/token"),
      fixed("published_perplexity", "perplexity by text", 1)
    ])
  ],
  sql,
  section: "held-out text"
}
