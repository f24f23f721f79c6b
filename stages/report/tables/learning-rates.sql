-- Learning rate of the update that ends at each checkpoint, beside the published schedules at the same share of training.
with checkpoints as (
  select step from spectra union select step from perplexity
),
rates as (
  select arm, any_value(method) as method, min(arms.position) as place, step, max(learning_rate) as rate
  from metrics semi join checkpoints using (step) join arms using (size, arm)
  group by arm, step
),
peaks as (select arm, max(learning_rate) as peak from metrics group by arm),
published as (
  select rates.arm, rates.step, near.step as published_step, near.rate as published_rate
  from rates join published_rates as near using (method), study, published_scale
  qualify row_number() over (
    partition by rates.arm, rates.step
    order by abs(near.step / published_scale.steps - rates.step / study.steps), near.step
  ) = 1
)
select arm, step, rate, 100 * rate / peak as of_peak, published_step, published_rate,
  100 * published_rate / (select max(rate) from published_rates) as published_of_peak
from rates join peaks using (arm) left join published using (arm, step)
order by place, step
