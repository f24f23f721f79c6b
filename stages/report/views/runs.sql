-- One row a run, in the study's order.
create view runs as
select arms.position as place, arms.size, arms.arm, arms.method, arms.published_size, labels.seed, arms.first_merge
from arms join (select distinct size, arm, seed from metrics) as labels using (size, arm);

-- The first full-rank arm of each size is what the others are compared with.
create view baselines as
select size, arg_min(arm, position) as arm from arms where method = 'full-rank' group by size;

-- Training loss over the last steps, one row a run.
create view tails as
select size, arm, seed, avg(loss) as loss, arg_max(loss, step) as last_loss, max(step) as step, max(tokens) as tokens
from (from metrics order by step)
where step > (select max(steps) - max(tail) from study)
group by all;
