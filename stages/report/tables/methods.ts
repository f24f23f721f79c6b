import { lastOf } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, scientific, text } from "../table.ts"
import sql from "./methods.sql"

export const methods: Question = {
  name: "methods",
  title: "Methods, each at its best learning rate",
  caption: () =>
    "One row an arm, at the best of the learning rates it was tried at: that of the lowest mean of the held-out loss over " +
    "seeds, of equal ones the lowest. Edge: the best is the lowest or the highest that was tried, so that a better one may lie beyond. " +
    "Within 1 %: how many of the rates tried come within 1 % of the best loss. Less ReLoRA's: mean over seeds of the difference " +
    "from the first ReLoRA arm at its best, run by run of one seed, with its 95 % interval by Student's t; better and worse where " +
    "that leaves out zero. The rate was chosen on the same runs, so that each arm's loss is a little too low, the more rates " +
    "the more. State: bytes of weights and of what the optimizer keeps. Work: floating-point operations of the training, by " +
    "estimate.",
  published: [],
  columns: [
    text("size", "size"),
    text("family", "arm"),
    text("method", "method"),
    integer("tried", "rates"),
    scientific("learning_rate", "best rate", 2),
    text("edge", "edge"),
    integer("within", "within 1 %"),
    integer("seeds", "seeds"),
    fixed("loss", "held-out loss", 4, "nats/token"),
    fixed("less_full_rank", "less full-rank's", 4, "nats/token"),
    fixed("less_relora", "less ReLoRA's", 4, "nats/token"),
    fixed("low", "from", 4),
    fixed("high", "to", 4),
    text("verdict", "than ReLoRA"),
    integer("trained_parameters", "trained"),
    fixed("state", "state", 2, "MB"),
    fixed("operations", "work", 2, "TFLOP")
  ],
  sql,
  // Which rate is an arm's best depends on all runs of its size, and so does what stands beside it.
  sources: [
    {
      from: "perplexity",
      columns: [
        "learning_rate",
        "edge",
        "within",
        "seeds",
        "loss",
        "less_full_rank",
        "less_relora",
        "low",
        "high",
        "verdict",
        "trained_parameters",
        "state",
        "operations"
      ],
      where: { size: "size", step: lastOf("perplexity"), source: "'held-out'" }
    },
    {
      from: "arms",
      columns: [
        "family",
        "method",
        "tried",
        "learning_rate",
        "edge",
        "less_full_rank",
        "less_relora",
        "low",
        "high",
        "verdict"
      ],
      where: { size: "size" },
      settings: ["family", "method", "learningRate"]
    },
    {
      from: "arms",
      columns: ["trained_parameters", "state", "operations"],
      where: { size: "size" },
      settings: ["trainedParameters", "stateBytes", "operations", "learningRate"]
    }
  ],
  section: "training"
}
