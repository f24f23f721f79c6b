-- Pairs right at each checkpoint of a run, of each suite.
select accuracy.suite, size, arm, seed, step, sum(correct) as correct, sum(pairs) as pairs
from accuracy join runs using (size, arm, seed)
group by suite, size, arm, seed, step, runs.place
order by suite, runs.place, seed, step
