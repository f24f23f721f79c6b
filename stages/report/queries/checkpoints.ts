import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"

const sql = `
  with suites as (
    select size, arm, seed, step, max(percent) filter (where suite = 'generated') as generated,
      max(percent) filter (where suite = 'blimp') as blimp
    from phenomena where phenomenon = 'overall'
    group by all
  )
  select runs.size, runs.arm, runs.seed, heldout.step, heldout.nats_per_token, heldout.token_weighted,
    heldout.mean_of_texts, suites.generated, suites.blimp
  from heldout join runs using (size, arm, seed) left join suites using (size, arm, seed, step)
  order by runs.place, runs.seed, heldout.step
`

export const checkpoints: Question = {
  name: "checkpoints",
  title: "Perplexity and accuracy over checkpoints",
  caption: () => "One row a checkpoint of a run. Accuracy: mean over the paradigms of a suite; chance is 50 %.",
  published: false,
  columns: [
    text("size", "size"),
    text("arm", "arm"),
    integer("seed", "seed"),
    integer("step", "step"),
    fixed("nats_per_token", "held-out loss", 4, "nats/token"),
    fixed("token_weighted", "perplexity by token", 2),
    fixed("mean_of_texts", "perplexity by text", 2),
    fixed("generated", "generated pairs", 2, "%"),
    fixed("blimp", "BLiMP", 2, "%")
  ],
  sql,
  section: "held-out text"
}
