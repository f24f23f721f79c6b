import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, scientific, text, theirs } from "../table.ts"
import { atSameShare } from "./share.ts"

const bySteps = `
  with measured as (
    select *, rank_bound / least(rows, columns) as per_bound from components where kind in ('adapter', 'realised')
  ),
  -- the study compares the adapter's product with the baseline's gradient
  comparable as (
    select * from measured
    where (method = 'relora' and kind = 'adapter') or (method = 'full-rank' and kind = 'realised')
  ),
  published as (select * from published_spectra where kind = 'updates'),
  beside as (${atSameShare("comparable", "published")}
  )
  select measured.component, measured.kind, measured.size, measured.arm, measured.step, measured.per,
    measured.per_bound,
    measured.condition_number, measured.frobenius, measured.zero, measured.matrices,
    beside.published_object, beside.published_model, beside.published_step, beside.published_per,
    beside.published_condition_number
  from measured left join beside using (size, arm, component, kind, step)
`

const order = "order by component, kind, measured.place, measured.step"

const about = "Adapter: the product B·A of the pair; realised: change of the effective weight since the previous " +
  "checkpoint, the same object for every method. PER of a product cannot exceed rank / min(rows, columns), its " +
  "bound. PER, " +
  "condition number and Frobenius norm are means over layers; a zero matrix has neither of the first two, and the " +
  "layers " +
  "whose matrix is exactly zero are counted. Published beside the adapter: B·A stored in bf16, whose rounding bounds " +
  "its " +
  "condition number; beside the full-rank change: the gradient on a held-out batch, another kind of object."

const columns = [
  ...grouped(ours, [
    text("component", "component"),
    text("kind", "kind"),
    text("size", "size"),
    text("arm", "arm"),
    integer("step", "step"),
    fixed("per", "PER", 4),
    fixed("per_bound", "bound", 4),
    scientific("condition_number", "condition number", 2),
    scientific("frobenius", "norm", 2),
    integer("zero", "zero", "layers"),
    integer("matrices", "of")
  ]),
  ...grouped(theirs, [
    text("published_object", "object"),
    text("published_model", "model"),
    integer("published_step", "step"),
    fixed("published_per", "PER", 3),
    scientific("published_condition_number", "condition number", 2)
  ])
]

export const updates: Question = {
  name: "updates",
  title: "Updates at the last checkpoint",
  caption: () => `One row a component, kind and arm. ${about}`,
  published: true,
  columns,
  sql: `${bySteps}
  where measured.step = (select max(step) from components)
  ${order}`,
  section: "updates"
}

export const updatesByStep: Question = {
  name: "updates-by-step",
  title: "Updates over training",
  caption: () =>
    `One row a component, kind, arm and checkpoint. ${about} Published values stand at the same share of training.`,
  published: true,
  columns,
  sql: `${bySteps}
  ${order}`,
  section: "updates"
}
