import { quoted } from "../database.ts"
import type { Question } from "../question.ts"
import { suiteWords } from "../suites.ts"
import { fixed, integer, text } from "../table.ts"

const sql = (suites: ReadonlyArray<readonly [column: string, suite: string]>) => `
  with suites as (
    select ${
  [
    "size, arm, seed, step",
    ...suites.map(([column, suite]) => `max(percent) filter (where suite = ${quoted(suite)}) as ${column}`)
  ].join(",\n      ")
}
    from phenomena where phenomenon = 'overall'
    group by size, arm, seed, step
  )
  select runs.size, runs.arm, runs.seed, heldout.step, heldout.nats_per_token, heldout.token_weighted,
    heldout.mean_of_texts, suites.* exclude (size, arm, seed, step)
  from heldout join runs using (size, arm, seed) left join suites using (size, arm, seed, step)
  order by runs.place, runs.seed, heldout.step
`

/** A column of each suite: BLiMP and the generated pairs by their names, others by their place. */
const suiteColumns = (suites: ReadonlyArray<string>) =>
  suites.map((suite, index) => [/^(generated|blimp)$/.test(suite) ? suite : `suite_${index}`, suite] as const)

export const checkpoints = (suites: ReadonlyArray<string>): Question => ({
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
    ...suiteColumns(suites).map(([column, suite]) => fixed(column, suiteWords(suite), 2, "%"))
  ],
  sql: sql(suiteColumns(suites)),
  section: "held-out text"
})
