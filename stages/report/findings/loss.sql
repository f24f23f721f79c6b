-- Final training loss and held-out loss of each arm, mean over seeds.
select runs.size, runs.arm, avg(tails.loss) as loss, avg(heldout.nats_per_token) as heldout
from runs join told using (size, arm) join tails using (size, arm, seed)
left join heldout on heldout.size = runs.size and heldout.arm = runs.arm and heldout.seed = runs.seed
  and heldout.step = (select max(step) from heldout)
group by runs.place, runs.size, runs.arm
order by runs.place
