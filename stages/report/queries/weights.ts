import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, text, theirs } from "../table.ts"
import { atSameShare } from "./share.ts"

const bySteps = `
  with measured as (
    select * from components where kind in ('weight', 'effective')
  ),
  base as (select * from measured where kind = 'weight'),
  published as (select * from published_spectra where kind = 'weights'),
  beside as (${atSameShare("base", "published")}
  )
  select measured.component, measured.kind, measured.size, measured.arm, measured.step, measured.per, measured.per_band,
    -- the circuit of a head is of less rank than its sides: over what it can have
    case measured.component when 'ov_heads' then measured.condition_number_of_factors else measured.condition_number end
      as condition_number,
    measured.condition_number_band,
    beside.published_model, beside.published_step, beside.published_per, beside.published_condition_number
  from measured left join beside using (size, arm, component, kind, step)
`

const order = "order by component, kind desc, measured.place, measured.step"

const measures = [
  fixed("per", "PER", 4),
  fixed("per_band", "± 95 %", 4),
  fixed("condition_number", "condition number", 3),
  fixed("condition_number_band", "± 95 %", 3)
]
const published = [
  text("published_model", "model"),
  integer("published_step", "step"),
  fixed("published_per", "PER", 3),
  fixed("published_condition_number", "condition number", 2)
]

const about =
  "PER: proportional effective rank, exp of the entropy of the singular values' shares over their number; condition " +
  "number: " +
  "largest over smallest singular value; both averaged over layers, with the half-width of a 95 % band over layers. " +
  "Kind " +
  "weight: the stored matrix, without the adapter, as published; effective: what the forward pass uses, adapter " +
  "included. The circuits of single heads (ov_heads) are of less rank than their sides, and their condition number is " +
  "over the singular values they can have; averaged over heads too."

export const weights: Question = {
  name: "weights",
  title: "Weights at the first and last checkpoint",
  caption: () => `One row a component, kind and arm at the first and the last measured checkpoint. ${about}`,
  published: true,
  columns: [
    ...grouped(ours, [
      text("component", "component"),
      text("kind", "kind"),
      text("size", "size"),
      text("arm", "arm"),
      integer("step", "step"),
      ...measures
    ]),
    ...grouped(theirs, published)
  ],
  sql: `${bySteps}
  where measured.step in ((select min(step) from components), (select max(step) from components))
  ${order}`,
  section: "weights"
}

export const weightsByStep: Question = {
  name: "weights-by-step",
  title: "Weights over training",
  caption: () =>
    `One row a component, kind, arm and checkpoint. ${about} Published values stand at the same share of training.`,
  published: true,
  columns: weights.columns,
  sql: `${bySteps}
  ${order}`,
  section: "weights"
}
