import { overLast } from "../facts.ts"
import { baseline, lastOf, methodOfArm, ofRun, tail } from "../provenance/source.ts"
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
  sources: [
    { from: "metrics", columns: ["loss"], where: { ...ofRun, step: tail } },
    { from: "metrics", columns: ["difference"], where: { ...ofRun, arm: ["arm", baseline], step: tail } },
    { from: "study", columns: ["loss", "difference"], settings: ["steps"] },
    {
      from: "perplexity",
      columns: ["nats_per_token", "token_weighted", "mean_of_texts"],
      where: { ...ofRun, step: lastOf("perplexity"), source: "'held-out'" }
    },
    {
      from: "published_curves",
      columns: ["published_size", "published_loss", "published_perplexity"],
      where: { size: "published_size", method: methodOfArm, step: lastOf("published_curves") }
    },
    {
      from: "published_curves",
      columns: ["published_difference"],
      where: { size: "published_size", method: [methodOfArm, "'full-rank'"], step: lastOf("published_curves") }
    }
  ],
  section: "held-out text"
}
