import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"

const sql = `
  select arms.size, arms.arm, arms.method, arms.rank, arms.settings, arms.total_parameters, arms.trained_parameters,
    100.0 * arms.trained_parameters / arms.total_parameters as trained_share, arms.merges,
    models.size as published_size,
    if(arms.method = 'relora', models.relora_total, models.parameters) as published_total,
    if(arms.method = 'relora', models.relora_trained, models.parameters) as published_trained
  from arms left join published_models as models on models.size = arms.published_size
    and arms.method in ('full-rank', 'relora')
  order by arms.position
`

export const arms: Question = {
  name: "arms",
  title: "Arms",
  caption: () =>
    "One row a way of training at one size. Published models stand beside a size by order of parameters, unless the " +
    "counts are equal.",
  published: true,
  columns: [
    ...grouped(ours, [
      text("size", "size"),
      text("arm", "arm"),
      text("method", "method"),
      integer("rank", "rank"),
      text("settings", "settings"),
      integer("total_parameters", "parameters"),
      integer("trained_parameters", "trained"),
      fixed("trained_share", "trained", 1, "%"),
      integer("merges", "merges")
    ]),
    ...grouped(theirs, [
      text("published_size", "model"),
      integer("published_total", "parameters"),
      integer("published_trained", "trained")
    ])
  ],
  sql,
  section: "setting"
}
