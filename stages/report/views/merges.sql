-- Loss around each step: of the step itself, whose batch is seen before its update, of the next, and means over five
-- on either side, where there are five. All arms see the same batches, so that less_full_rank, the change of the means
-- less that of the full-rank run of the same size and seed, is free of what batches differ in.
create view around as
with each as (
  select *, lead(loss) over run as after,
    case when count(*) over five_before = 5 then avg(loss) over five_before end as before_five,
    case when count(*) over five_after = 5 then avg(loss) over five_after end as after_five
  from metrics
  window run as (partition by size, arm, seed order by step),
    five_before as (partition by size, arm, seed order by step rows between 4 preceding and current row),
    five_after as (partition by size, arm, seed order by step rows between 1 following and 5 following)
)
select each.*, each.after_five - each.before_five as jump_five,
  each.after_five - each.before_five - (baseline.after_five - baseline.before_five) as less_full_rank
from each
left join (from each semi join baselines using (size, arm)) as baseline
  on baseline.size = each.size and baseline.seed = each.seed and baseline.step = each.step;
