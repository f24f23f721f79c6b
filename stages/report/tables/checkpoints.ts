import { quoted } from "../database.ts"
import { methodOfArm, ofRun, unused } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { type Suite, suiteWords } from "../suites.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./checkpoints.sql"

export const checkpoints = (suites: ReadonlyArray<Suite>): Question => ({
  name: "checkpoints",
  title: "Loss, perplexity and accuracy over checkpoints",
  caption: ({ tail }) =>
    `One row a checkpoint of a run. Training loss: ${
      tail === 1 ? "of the step that ends there" : `mean over the ${tail} steps before`
    }. Accuracy: mean over the paradigms of a suite; chance is 50 %. Published: at the same share of training, within a ` +
    "fortieth; perplexity by text on a sample of Paloma.",
  published: ["curves"],
  columns: [
    ...grouped(ours, [
      text("size", "size"),
      text("arm", "arm"),
      integer("seed", "seed"),
      integer("step", "step"),
      integer("tokens", "tokens"),
      fixed("loss", "training loss", 4, "nats/token"),
      fixed("nats_per_token", "held-out loss", 4, "nats/token"),
      fixed("token_weighted", "perplexity by token", 2),
      fixed("mean_of_texts", "perplexity by text", 2),
      ...suites.map(({ column, suite }) => fixed(column, suiteWords(suite), 2, "%"))
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      integer("published_step", "step"),
      fixed("published_loss", "training loss", 3, "nats/token"),
      fixed("published_perplexity", "perplexity by text", 1),
      fixed("published_blimp", "BLiMP", 2, "%")
    ])
  ],
  sql,
  sources: [
    {
      from: "perplexity",
      columns: ["step", "nats_per_token", "token_weighted", "mean_of_texts"],
      where: { ...ofRun, step: "step", source: "'held-out'" }
    },
    // which suites there are, none at all perhaps
    unused("accuracy"),
    ...suites.map(({ column, suite }) => ({
      from: "accuracy",
      columns: [column],
      where: { ...ofRun, step: "step", suite: quoted(suite) }
    })),
    {
      from: "metrics",
      columns: ["tokens", "loss"],
      where: { ...ofRun, step: { from: "step - (select max(tail) from study) + 1", to: "step" } }
    },
    { from: "study", columns: ["tokens", "loss"], settings: ["steps"] },
    {
      from: "published_curves",
      columns: ["published_size", "published_step", "published_loss", "published_perplexity", "published_blimp"],
      where: { size: "published_size", method: methodOfArm, step: "published_step" }
    }
  ],
  section: "held-out text"
})
