-- Everything measured over steps, one row a point. Training loss is averaged over windows of steps, at most 300 of them.
with windows as (select greatest(1, ceil(max(steps) / 300))::bigint as steps from study),
losses as (
  select 'loss' as measure, size, arm, seed::varchar as seed, '' as component, max(step) as step, avg(loss) as value
  from (from metrics order by step), windows
  group by size, arm, seed, (step - 1) // windows.steps
),
spectra as (
  select kind || '-per' as measure, size, arm, component, step, per as value, per_band as band
  from components
  union all
  select kind || '-condition', size, arm, component, step,
    case when kind in ('realised', 'adapter', 'product') then condition_number_of_rank else condition_number end,
    case when kind in ('realised', 'adapter', 'product') then condition_number_of_rank_band else condition_number_band end
  from components
  union all
  select kind || '-rank', size, arm, component, step, numerical_rank, numerical_rank_band
  from components where kind in ('realised', 'adapter')
),
points as (
  select measure, size, arm, seed, component, step, value, null::double as low, null::double as high from losses
  union all
  select 'held-out', size, arm, seed::varchar, '', step, nats_per_token, null, null from heldout
  union all
  select 'perplexity', size, arm, seed::varchar, '', step, mean_of_texts, null, null from heldout
  union all
  select suite, size, arm, seed::varchar, '', step, percent, null, null from phenomena where phenomenon = 'overall'
  union all
  select measure, size, arm, 'mean', component, step, value, value - band, value + band from spectra
)
select points.*
from points join arms using (size, arm)
order by measure, arms.position, component, seed, step
