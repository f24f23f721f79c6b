-- PER of what changed between the last two checkpoints, mean over components.
select size, arm, max(since) as since, max(step) as step, avg(per) as per
from (from components join told using (size, arm) order by component)
where kind = 'realised' and not isnan(per) and step = (select max(step) from components)
group by place, size, arm order by place
