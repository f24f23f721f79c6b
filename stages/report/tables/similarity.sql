-- How alike a checkpoint's activations are to the last one's and to those of the one before, mean over layers.
with ends as (select max(step) as last from similarity)
select component, size, arm, step,
  -- the first has none before it, and the last is not compared with itself
  if(step < max(last), mean(case when other = last then cka end), null) as cka_last,
  if(step < max(last), mean(case when other = last then pwcca end), null) as pwcca_last,
  max(case when other < step then other end) as since,
  if(min(other) < step, mean(case when other < step then cka end), null) as cka_since,
  if(min(other) < step, mean(case when other < step then pwcca end), null) as pwcca_since,
  max(samples) as samples
from (from similarity order by size, arm, seed, step, other, layer, component) join arms using (size, arm), ends
group by arms.position, component, size, arm, step
order by component, arms.position, step
