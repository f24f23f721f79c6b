-- Every arm at a size, those of equal steps first.
create view every_arm as
select false as at_work, * from arms union all by name select true as at_work, * from work_arms;

-- Held-out loss at the end of each run's own training.
create view ended as
select size, arm, seed, nats_per_token as loss from heldout where step = (select max(step) from heldout)
union all
select size, arm, seed, sum(nats) / sum(tokens) as loss
from (from work_perplexity where source = 'held-out' order by domain)
group by all;

-- Each arm at its best rate: of the lowest mean over seeds, of equal ones the lowest rate.
create view best_arms as
with tried as (
  select size, family, arm, peak_rate as learning_rate, at_work, every_arm.position as place, count(*) as seeds, avg(loss) as loss
  from ended join every_arm using (size, arm)
  group by all
)
select *, count(*) over family as tried,
  learning_rate in (min(learning_rate) over family, max(learning_rate) over family) as at_edge
from tried
window family as (partition by size, family)
qualify row_number() over (partition by size, family order by loss, learning_rate) = 1;

-- In which comparisons an arm stands, beside which reference: as many steps, as much memory, as much work. The arm whose budget others have
-- stands among them; where none is named, the reference is the first ReLoRA arm, or else the first arm.
create view budget_groups as
with placed as (
  select case
      when equal_memory is not null and equal_work is not null then 'memory and work'
      when equal_work is not null then 'work'
      when equal_memory is not null then 'memory'
      else 'steps'
    end as comparison,
    size, family, method, at_work, place, coalesce(equal_work, equal_memory) as budget
  from best_arms join (select size, arm, method, equal_memory, equal_work from every_arm) using (size, arm)
),
referred as (
  select *, coalesce(
      if(budget in (select family from best_arms), budget, null),
      arg_min(family, place) filter (where method = 'relora') over same,
      arg_min(family, place) over same
    ) as reference
  from placed
  window same as (partition by comparison, size, budget)
)
select * from (
  select comparison, size, family, reference from referred
  union
  select comparison, size, reference, reference from referred
)
-- an arm alone is in no comparison
qualify count(*) over (partition by comparison, size, reference) > 1;
