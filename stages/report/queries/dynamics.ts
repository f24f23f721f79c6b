import type { Question } from "../question.ts"
import { fixed, grouped, integer, ours, scientific, text, theirs } from "../table.ts"
import { atSameShare } from "./share.ts"

/** Activations and gradients averaged over layers, heads and seeds. */
const averaged = `
  measured as (
    select arms.position as place, arms.method, arms.published_size, size, arm, step, step / study.steps as share,
      component, kind, count(*) filter (where frobenius = 0) as zero, count(*) as matrices,
      mean(per) as per, mean(condition_number) as condition_number, avg(numerical_rank) as numerical_rank,
      mean(condition_number_of_rank) as condition_number_of_rank, mean(frobenius) as frobenius, mean(gini) as gini,
      mean(hoyer) as hoyer, mean(anisotropy) as anisotropy
    from (from dynamics order by size, arm, seed, step, layer, component, head, kind) join arms using (size, arm), study
    group by all
  )`

export const dynamics: Question = {
  name: "dynamics",
  title: "Activations and gradients at the last checkpoint",
  caption: () =>
    "One row a component, kind and arm, averaged over layers (ov_heads: and heads), on one fixed batch of held-out text for all. " +
    "Activation: what the layer gives at the last position, one row a window of text. Gradient: of the mean loss with respect to " +
    "the effective weight, the same object for every arm; gradient_A and gradient_B: of the adapter's pair. The published updates of " +
    "full-rank runs are such gradients, on another batch. Gini and Hoyer: inequality and sparsity of the entries, 0 to 1. " +
    "Anisotropy: mean cosine of two rows. Matrices that are exactly zero are counted and have no PER.",
  published: true,
  columns: [
    ...grouped(ours, [
      text("component", "component"),
      text("kind", "kind"),
      text("size", "size"),
      text("arm", "arm"),
      fixed("per", "PER", 4),
      fixed("numerical_rank", "rank", 1),
      scientific("condition_number_of_rank", "condition number of rank", 2),
      scientific("condition_number", "σ max/min", 2),
      scientific("frobenius", "norm", 2),
      fixed("gini", "Gini", 3),
      fixed("hoyer", "Hoyer", 3),
      fixed("anisotropy", "anisotropy", 3),
      integer("zero", "zero"),
      integer("matrices", "of")
    ]),
    ...grouped(theirs, [
      text("published_model", "model"),
      integer("published_step", "step"),
      fixed("published_per", "PER", 3),
      scientific("published_condition_number", "σ max/min", 2)
    ])
  ],
  sql: `
  with ${averaged},
  comparable as (select * from measured where method = 'full-rank' and kind = 'gradient'),
  published as (select * from published_spectra where kind = 'updates'),
  beside as (${atSameShare("comparable", "published")}
  )
  select measured.* exclude (hoyer, gini, anisotropy),
    -- NaN says that a measure is not of this kind
    case when not isnan(gini) then gini end as gini, case when not isnan(hoyer) then hoyer end as hoyer,
    case when not isnan(anisotropy) then anisotropy end as anisotropy,
    beside.published_model, beside.published_step, beside.published_per, beside.published_condition_number
  from measured left join beside using (size, arm, component, kind, step)
  where step = (select max(step) from dynamics)
  order by component, kind, place`,
  section: "dynamics"
}

export const similarity: Question = {
  name: "similarity",
  title: "Likeness of activations between checkpoints",
  caption: () =>
    "One row a component, arm and checkpoint, averaged over layers: how alike activations on the fixed batch are to those of the " +
    "last checkpoint and of the one before (since), by linear CKA and by projection-weighted CCA; 1 is alike up to a rotation and " +
    "a scale (CKA) or up to any linear map (PWCCA).",
  published: false,
  columns: [
    text("component", "component"),
    text("size", "size"),
    text("arm", "arm"),
    integer("step", "step"),
    ...grouped("to the last", [fixed("cka_last", "CKA", 4), fixed("pwcca_last", "PWCCA", 4)]),
    ...grouped("to the one before", [
      integer("since", "since"),
      fixed("cka_since", "CKA", 4),
      fixed("pwcca_since", "PWCCA", 4)
    ]),
    integer("samples", "windows")
  ],
  sql: `
  with ends as (select max(step) as last from similarity)
  select arms.position as place, component, size, arm, step,
    -- the first has none before it, and the last is not compared with itself
    if(step < max(last), mean(case when other = last then cka end), null) as cka_last,
    if(step < max(last), mean(case when other = last then pwcca end), null) as pwcca_last,
    max(case when other < step then other end) as since,
    if(min(other) < step, mean(case when other < step then cka end), null) as cka_since,
    if(min(other) < step, mean(case when other < step then pwcca end), null) as pwcca_since,
    max(samples) as samples
  from (from similarity order by size, arm, seed, step, other, layer, component) join arms using (size, arm), ends
  group by arms.position, component, size, arm, step
  order by component, place, step`,
  section: "dynamics"
}

export const intruders: Question = {
  name: "intruders",
  title: "Intruder dimensions at the last checkpoint",
  caption: () =>
    "One row a component and arm, averaged over layers: of the left singular vectors of the largest singular values of the " +
    "effective weight (of), how many have no vector of the initial weight within an absolute cosine of the threshold " +
    "(arXiv 2410.21228), and the least of the largest cosines. Weights that start at random have no structure to keep, so that " +
    "full-rank training, too, brings intruders in: only differences between arms tell something.",
  published: false,
  columns: [
    text("component", "component"),
    text("size", "size"),
    text("arm", "arm"),
    fixed("intruders", "intruders", 2),
    fixed("top", "of", 1),
    fixed("threshold", "threshold", 1),
    fixed("least_similarity", "least cosine", 3)
  ],
  sql: `
  select arms.position as place, component, size, arm, avg(intruders) as intruders, avg(top) as top,
    max(threshold) as threshold, mean(least_similarity) as least_similarity
  from (from intruders order by size, arm, seed, step, layer, component) join arms using (size, arm)
  where step = (select max(step) from intruders)
  group by all
  order by component, place`,
  section: "dynamics"
}
