-- Spectra of weights and updates in the first and in the last half of the layers, at every checkpoint.
with halved as (
  select *,
    -- over what a matrix can have where its rank is less than its sides
    case
      when kind in ('adapter', 'realised') then condition_number_of_rank
      when component = 'ov_heads' or kind = 'product' then condition_number_of_factors
      else condition_number
    end as condition
  from halves
  order by layer
),
measured as (
  select place, component, kind, size, arm, step, half, count(*) as layers, mean(per) as per, half_width(per) as per_band,
    mean(condition) as condition, half_width(condition) as condition_band
  from halved group by all
)
select component, kind, size, arm, step,
  first.layers as first_layers, first.per as first_per, first.per_band as first_per_band,
  first.condition as first_condition, first.condition_band as first_condition_band,
  last.layers as last_layers, last.per as last_per, last.per_band as last_per_band,
  last.condition as last_condition, last.condition_band as last_condition_band
from (from measured where half = 'first') as first
join (from measured where half = 'last') as last using (place, component, kind, size, arm, step)
order by component, kind, place, step
