-- Training loss of each run by what it has cost, each point the mean over getvariable('span') steps.
select runs.size, runs.arm, runs.seed, max(metrics.step) as step,
  flops_until(any_value(arms), max(metrics.step)) as cost, avg(metrics.loss) as value
from (from metrics order by step) as metrics join runs using (size, arm, seed) join arms using (size, arm)
group by runs.place, runs.size, runs.arm, runs.seed, (metrics.step - 1) // getvariable('span')
order by runs.place, runs.seed, step
