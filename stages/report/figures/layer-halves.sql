-- PER and condition number of stored weights in the first and in the last half of the layers, at every checkpoint.
select half, size, arm, step, component, mean(per) as per, half_width(per) as per_band,
  mean(condition_number) as condition_number, half_width(condition_number) as condition_number_band
from (from halves where kind = 'weight' order by layer)
group by half, place, size, arm, step, component
order by component, half, place, step
