-- Learning rate of each arm over steps: in each getvariable('span') steps the first smallest and the first largest, so that a fall to 0
-- and the climb after it are seen.
with rates as (
  select arm, min(arms.position) as place, step, max(learning_rate) as rate
  from metrics join arms using (size, arm)
  group by arm, step
),
ends as (
  select arm, place, unnest([arg_min(step, rate), arg_max(step, rate)]) as step
  from (from rates order by step)
  group by arm, place, (step - 1) // getvariable('span')
)
select distinct arm, place, step, rate
from ends join rates using (arm, place, step)
order by place, step
