-- What runs that differ in their seed only end with.
with measured as (
  select size, arm, seed, 1 as place, 'training loss (nats/token)' as measure, loss as value from tails
  union all
  select size, arm, seed, 2, 'held-out loss (nats/token)', nats_per_token
  from heldout where step = (select max(step) from heldout)
  union all
  select size, arm, seed, 3, 'perplexity by token', token_weighted
  from heldout where step = (select max(step) from heldout)
  union all
  select size, arm, seed, 4, 'perplexity by text', mean_of_texts
  from heldout where step = (select max(step) from heldout)
  union all
  select size, arm, seed, 5, case suite when 'blimp' then 'BLiMP' when 'generated' then 'generated pairs' else suite end || ' (%)', percent
  from phenomena where phenomenon = 'overall' and step = (select max(step) from phenomena)
)
select measured.measure, size, arm, count(*) as seeds, avg(value) as mean, stddev_samp(value) as deviation,
  avg(value) - half_width(value) as low, avg(value) + half_width(value) as high,
  min(value) as smallest, max(value) as largest
from (from measured order by seed) as measured join arms using (size, arm)
group by measured.place, measured.measure, arms.position, size, arm
order by measured.place, measured.measure, arms.position
