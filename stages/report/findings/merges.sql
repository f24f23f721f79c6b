-- Change of the loss over merges, and how the same quantity varies away from them: where the last merge was getvariable('after')
-- steps ago or more, and the next is further than getvariable('before').
with changes as (
  select *, coalesce(less_full_rank, jump_five) as change, less_full_rank is not null as paired,
    max(step) filter (where event = 'merge') over (run rows unbounded preceding) as last_merge,
    min(step) filter (where event = 'merge') over (run rows between current row and unbounded following)
      as next_merge
  from around
  window run as (partition by size, arm, seed order by step)
),
-- one row a merge: seeds are averaged first, so that the range is over merges
merges as (
  select size, arm, row_number() over (partition by size, arm, seed order by step) as ordinal, change, paired
  from changes where event = 'merge'
),
by_ordinal as (
  select size, arm, ordinal, avg(change) as change, bool_and(paired) as paired
  from (from merges order by ordinal) where change is not null group by all
),
away as (
  select size, arm, stddev_samp(change) as noise
  from (from changes order by seed, step), study
  where change is not null and step > study.steps // 5
    and coalesce(step - last_merge >= getvariable('after'), true) and coalesce(next_merge - step > getvariable('before'), true)
  group by size, arm
)
select arms.arm, arms.size, bool_and(paired) as paired, avg(change) as jump, min(change) as least,
  max(change) as most, count(*) as merges, any_value(noise) as noise
from (from by_ordinal order by ordinal) as by_ordinal join arms using (size, arm) join told using (size, arm)
left join away using (size, arm)
group by arms.position, arms.arm, arms.size
order by arms.position
