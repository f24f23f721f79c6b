-- How the accuracies of a suite's paradigms are spread at each checkpoint, after a mean over seeds.
with paradigms as (
  select size, arm, step, suite, phenomenon, paradigm, avg(100.0 * correct / pairs) as percent
  from (from accuracy order by seed) group by all
)
select suite, size, arm, step, count(*) as paradigms, min(percent) as least, quantile_cont(percent, 0.25) as lower,
  median(percent) as middle, quantile_cont(percent, 0.75) as upper, max(percent) as most
from paradigms join arms using (size, arm)
group by suite, size, arm, arms.position, step
order by suite, arms.position, step
