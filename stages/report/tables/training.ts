import { overLast } from "../facts.ts"
import { ofRun, tail } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"
import sql from "./training.sql"

export const training: Question = {
  name: "training",
  title: "Training",
  caption: ({ tail }) =>
    `One row a run. Loss: mean cross-entropy of a batch before its update; final: ${overLast(tail)}. ` +
    "Unigram entropy: entropy of the frequencies of the training tokens, the loss of a model that knows nothing but " +
    "how " +
    "often each token occurs; a run that ends above it has not shown that it uses context.",
  published: [],
  columns: [
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("steps", "steps"),
    integer("batch_size", "batch", "rows"),
    integer("sequence_length", "row", "tokens"),
    integer("tokens", "tokens"),
    fixed("entropy", "unigram entropy", 4, "nats"),
    fixed("last_loss", "last step", 4, "nats/token"),
    fixed("loss", "final loss", 4, "nats/token"),
    fixed("above_entropy", "final − entropy", 4, "nats/token")
  ],
  sql,
  sources: [
    {
      from: "metrics",
      columns: ["steps", "tokens", "last_loss", "loss", "above_entropy"],
      where: { ...ofRun, step: tail }
    },
    { from: "study", columns: ["steps", "tokens", "last_loss", "loss"], settings: ["steps"] },
    { from: "study", columns: ["batch_size"], settings: ["batchSize"] },
    { from: "study", columns: ["sequence_length"], settings: ["sequenceLength"] },
    {
      from: "packed",
      columns: ["entropy", "above_entropy"],
      where: { row: { from: "0", to: "(select max(steps)::bigint * max(batch_size) - 1 from study)" } }
    },
    { from: "study", columns: ["entropy", "above_entropy"], settings: ["steps", "batchSize"] }
  ],
  section: "training"
}
