import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"

const sql = `
  -- a step's loss is taken before its update and a merge happens after it: the next step's loss is the first to see it
  with around as (
    select *, loss as before, lead(loss) over run as after,
      avg(loss) over (run rows between 4 preceding and current row) as before_five,
      avg(loss) over (run rows between 1 following and 5 following) as after_five
    from metrics
    window run as (partition by size, arm, seed order by step)
  ),
  merged as (
    select *, row_number() over (partition by size, arm, seed order by step) as ordinal
    from around where event = 'merge'
  )
  select runs.size, runs.arm, runs.seed, merged.ordinal, merged.step, merged.before, merged.after,
    merged.after - merged.before as jump, merged.before_five, merged.after_five,
    merged.after_five - merged.before_five as jump_five,
    published.size as published_size, published.step as published_step, published.loss_before as published_before,
    published.loss_after as published_after, published.loss_after - published.loss_before as published_jump
  from merged
  join runs using (size, arm, seed)
  left join published_merges as published on published.size = runs.published_size and published.ordinal = merged.ordinal
    and runs.method = 'relora'
  order by runs.place, runs.seed, merged.ordinal
`

export const merges: Question = {
  name: "merges",
  title: "Loss at each merge",
  caption: () =>
    "One row a merge. Before: loss of the step whose update the merge follows; after: loss of the next step, the " +
    "first that " +
    "sees the merged weights. Each is the loss of one batch, so the means over the five steps on each side are given " +
    "too. A " +
    "merge that keeps the function has a jump of batch noise only. Published: the loss before, and its mean over the " +
    "first " +
    "five steps after.",
  published: true,
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
      fixed("jump_five", "jump of 5", 4, "nats/token")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      integer("published_step", "step"),
      fixed("published_before", "before", 3, "nats/token"),
      fixed("published_after", "after", 3, "nats/token"),
      fixed("published_jump", "jump", 3, "nats/token")
    ])
  ],
  sql,
  section: "training"
}
