-- By how much the rank of effective weights changed from the first to the last checkpoint.
with changes as (
  select place, arm, arg_max(per, step) - arg_min(per, step) as change
  from components join told using (size, arm) where kind = 'effective'
  group by place, size, arm, component
  -- an arm whose layers have lost their effective weights has none at the last checkpoint to compare
  having max(step) = (select max(step) from components)
)
select arm, min(change) as least, max(change) as most
from changes group by arm order by min(place)
