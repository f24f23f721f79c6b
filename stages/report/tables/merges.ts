import { baseline, ofRun, type Source } from "../provenance/source.ts"
import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import sql from "./merges.sql"

/** Columns that are made from the losses of a run, and of one it is compared with, between two steps. */
const around = (columns: ReadonlyArray<string>, from: string, to: string, other = "null"): Source => ({
  from: "metrics",
  columns,
  where: { ...ofRun, arm: ["arm", other], step: { from, to } }
})

export const merges: Question = {
  name: "merges",
  title: "Loss at each merge",
  caption: () =>
    "One row a merge. Before: loss of the step whose update the merge follows; after: loss of the next step, the " +
    "first that sees the merged weights. One step is one batch, and not enough: where the re-initialisation is lost, " +
    "the first step after a merge still sees the fresh pair, and the old pair is back a step later. So means over the " +
    "five steps on either side are given, and their difference less that of the full-rank run of the same size and " +
    "seed at the same steps: every arm reads the same batches, so that what batches differ in is gone from it. A " +
    "merge that keeps the function leaves only what arms differ in as they learn. Published: the loss before, and " +
    "its mean over the first five steps after.",
  published: ["merges"],
  columns: [
    ...grouped(ours, [
      text("size", "size"),
      text("arm", "arm"),
      integer("seed", "seed"),
      integer("ordinal", "merge"),
      integer("step", "step"),
      fixed("before", "before", 4, "nats/token"),
      fixed("after", "after", 4, "nats/token"),
      fixed("jump", "jump", 4, "nats/token"),
      fixed("before_five", "5 before", 4, "nats/token"),
      fixed("after_five", "5 after", 4, "nats/token"),
      fixed("jump_five", "jump of 5", 4, "nats/token"),
      fixed("less_full_rank", "less full-rank's", 4, "nats/token")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      integer("published_step", "step"),
      fixed("published_before", "before", 3, "nats/token"),
      fixed("published_after", "5 after", 3, "nats/token"),
      fixed("published_jump", "jump", 3, "nats/token")
    ])
  ],
  sql,
  sources: [
    around(["ordinal", "step", "before"], "step", "step"),
    around(["after"], "step + 1", "step + 1"),
    around(["jump"], "step", "step + 1"),
    around(["before_five"], "step - 4", "step"),
    around(["after_five"], "step + 1", "step + 5"),
    around(["jump_five"], "step - 4", "step + 5"),
    around(["less_full_rank"], "step - 4", "step + 5", baseline),
    {
      from: "published_merges",
      columns: ["published_size", "published_step", "published_before", "published_after", "published_jump"],
      where: { size: "published_size", ordinal: "ordinal" }
    }
  ],
  section: "training"
}
