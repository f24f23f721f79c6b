-- Intruder dimensions at the last checkpoint, mean over layers.
select component, size, arm, avg(intruders) as intruders, avg(top) as top, max(threshold) as threshold,
  mean(least_similarity) as least_similarity
from (from intruders order by size, arm, seed, step, layer, component) join arms using (size, arm)
where step = (select max(step) from intruders)
group by arms.position, component, size, arm
order by component, arms.position
