-- Accuracy of every phenomenon at every checkpoint, mean over seeds.
select size, arm, step, suite, phenomenon, avg(percent) as percent, avg(pairs) as pairs
from (from phenomena order by seed) as phenomena join arms using (size, arm)
group by arms.position, size, arm, step, suite, phenomenon
order by suite, phenomenon, arms.position, step
