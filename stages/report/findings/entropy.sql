-- Final training loss of each arm, mean over seeds.
select runs.size || ' ' || runs.arm as run, avg(tails.loss) as loss
from runs join told using (size, arm) join tails using (size, arm, seed)
group by runs.place, run order by runs.place
