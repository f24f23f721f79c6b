-- Training loss, held-out loss and perplexity, and accuracy of each suite, at every checkpoint of every run, beside the published
-- figures at the same share of training.
with overall as (
  select size, arm, seed, step, own_column, percent
  from phenomena join suites using (suite)
  where phenomenon = 'overall'
),
-- a column for each suite
by_suite as (pivot overall on own_column using max(percent) group by size, arm, seed, step),
-- the loss that led to a checkpoint: mean over as many steps as the final one is taken over
recent as (
  select heldout.size, heldout.arm, heldout.seed, heldout.step, avg(metrics.loss) as loss, max(metrics.tokens) as tokens
  from heldout join (from metrics order by step) as metrics
    on metrics.size = heldout.size and metrics.arm = heldout.arm and metrics.seed = heldout.seed
    and metrics.step <= heldout.step and metrics.step > heldout.step - (select max(tail) from study)
  group by all
),
-- the nearest published point within a fortieth of training
published as (
  select runs.size, runs.arm, runs.seed, heldout.step, near.size as published_size, near.step as published_step,
    near.loss as published_loss, near.perplexity as published_perplexity, near.blimp as published_blimp
  from heldout join runs using (size, arm, seed), study, published_scale as scale, published_curves as near
  where near.size = runs.published_size and near.method = runs.method
    and abs(near.step / scale.steps - heldout.step / study.steps) < 0.025
  qualify row_number() over (
    partition by runs.size, runs.arm, runs.seed, heldout.step
    order by abs(near.step / scale.steps - heldout.step / study.steps), near.step
  ) = 1
)
select runs.size, runs.arm, runs.seed, heldout.step, coalesce(recent.tokens, 0) as tokens, recent.loss, heldout.nats_per_token,
  heldout.token_weighted, heldout.mean_of_texts, by_suite.* exclude (size, arm, seed, step),
  published.* exclude (size, arm, seed, step)
from heldout join runs using (size, arm, seed)
left join recent using (size, arm, seed, step)
left join by_suite using (size, arm, seed, step)
left join published using (size, arm, seed, step)
order by runs.place, runs.seed, heldout.step
