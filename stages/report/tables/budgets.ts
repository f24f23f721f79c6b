import { lastOf } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, integer, scientific, text } from "../table.ts"
import sql from "./budgets.sql"

/** Settings that say which arms are compared, and at which rate. */
const grouping = ["family", "method", "learningRate", "equalMemory", "equalWork"]
/** Columns that hold a setting of the arm at its best rate. */
const ofArm = {
  rank: ["rank"],
  width: ["width"],
  hidden: ["hidden"],
  steps: ["steps"],
  memory: ["memory"],
  of_memory: ["memory", "memoryBudget"],
  operations: ["operations"],
  of_operations: ["operations"]
} as const
const judged = [
  "comparison",
  "reference",
  "tried",
  "learning_rate",
  "edge",
  "seeds",
  "loss",
  "less",
  "low",
  "high",
  "verdict",
  ...Object.keys(ofArm)
]

export const budgets: Question = {
  name: "budgets",
  title: "Methods at equal steps, equal memory and equal work",
  caption: () =>
    "One row an arm in each comparison, at the best of its learning rates, as in the table of methods: arms that make the study's " +
    "steps (steps); whose rank or width is chosen for as much memory as another's (memory); whose steps are as many as take as much " +
    "work as another's (work). Less its loss: mean over seeds of the difference from the arm compared with, at its own best, run by " +
    "run of one seed, with its 95 % interval by Student's t, of each comparison alone; better and worse where that leaves out zero. " +
    "Edge: the best rate is the lowest or the highest tried. The rate was chosen on the same runs. Memory: the largest state that " +
    "the method claims, weights and what the optimizer keeps, without activations and gradients. Work: floating-point operations of " +
    "the training, by estimate. Their shares are of what the arm was to have, or else of the arm compared with. A model of another " +
    "width starts from other weights than its size's.",
  published: [],
  columns: [
    text("comparison", "equal"),
    text("size", "size"),
    text("family", "arm"),
    text("reference", "compared with"),
    text("method", "method"),
    integer("rank", "rank"),
    integer("width", "width"),
    integer("hidden", "hidden"),
    integer("steps", "steps"),
    integer("tried", "rates"),
    scientific("learning_rate", "best rate", 2),
    text("edge", "edge"),
    integer("seeds", "seeds"),
    fixed("loss", "held-out loss", 4, "nats/token"),
    fixed("less", "less its loss", 4, "nats/token"),
    fixed("low", "from", 4),
    fixed("high", "to", 4),
    text("verdict", "than it"),
    fixed("memory", "memory", 3, "MB"),
    fixed("of_memory", "of its", 1, "%"),
    fixed("operations", "work", 3, "TFLOP"),
    fixed("of_operations", "of its", 1, "%")
  ],
  sql,
  // Which rate is an arm's best depends on all runs of its size, and so does what stands beside it.
  sources: [
    {
      from: "perplexity",
      columns: judged,
      where: { size: "size", step: lastOf("perplexity"), source: "'held-out'" }
    },
    { from: "work_perplexity", columns: judged, where: { size: "size", source: "'held-out'" } },
    ...["arms", "work_arms"].flatMap((from) => [
      { from, columns: ["family", "method", ...judged], where: { size: "size" }, settings: grouping },
      ...Object.entries(ofArm).map(([column, settings]) => ({
        from,
        columns: [column],
        where: { size: "size" },
        settings
      }))
    ])
  ],
  section: "training"
}
