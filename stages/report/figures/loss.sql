-- Training loss, each point the mean over getvariable('span') steps.
select runs.size, runs.arm, runs.seed, max(metrics.step) as step, avg(metrics.loss) as value
from (from metrics order by step) as metrics join runs using (size, arm, seed)
group by runs.place, runs.size, runs.arm, runs.seed, (metrics.step - 1) // getvariable('span')
order by runs.place, runs.seed, step
