-- What is compared on each suite: every arm with the first full-rank arm of its size.
select distinct on (scores.suite, arms.position) scores.suite, arms.size, arms.arm, baselines.arm as against
from scores join arms using (size, arm) join baselines on baselines.size = arms.size and baselines.arm <> arms.arm
order by scores.suite, arms.position
