-- Held-out loss at the end, one row a learning rate of an arm: its mean over seeds.
create view rates as
select size, arms.family, arm, arms.method, arms.peak_rate as learning_rate, min(arms.position) as place, count(*) as seeds,
  avg(nats_per_token) as loss
from heldout join arms using (size, arm)
where step = (select max(step) from heldout)
group by all;

-- The best rate of each arm: of the lowest loss, and of equal ones the lowest rate.
create view best_rates as
select *, row_number() over (partition by size, family order by loss, learning_rate) = 1 as best,
  learning_rate in (
    min(learning_rate) over (partition by size, family),
    max(learning_rate) over (partition by size, family)
  ) as at_edge,
  count(*) over (partition by size, family) as tried
from rates;

-- The arms that sentences speak of: of those tried at several rates the one at the best.
create view told as
select arms.size, arms.arm from arms left join best_rates using (size, arm) where coalesce(best, true);
