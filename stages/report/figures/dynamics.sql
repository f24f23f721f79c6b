-- How alike a checkpoint's activations are to the last one's, and how much they point one way: mean over layers and seeds.
with ends as (select max(step) as last from similarity),
likeness as (
  select 'similarity-cka' as measure, size, arm, step, component, mean(cka) as value, half_width(cka) as band
  from (from similarity order by seed, layer), ends
  where other = last and step < last
  group by all
),
direction as (
  select 'activation-anisotropy' as measure, size, arm, step, component, mean(anisotropy) as value,
    half_width(anisotropy) as band
  from (from dynamics order by seed, layer)
  where kind = 'activation'
  group by all
)
select measure, size, arm, step, component, value, band
from (from likeness union all from direction) join arms using (size, arm)
where isfinite(value)
order by measure, component, arms.position, step
