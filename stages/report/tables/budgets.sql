-- Each arm at its best learning rate beside the one whose budget it has: as many steps, as much memory, as much work.
with runs_of as (
  select best_arms.size, best_arms.family, ended.seed, ended.loss from best_arms join ended using (size, arm)
),
-- paired: runs of one seed read the same rows, and start from the same weights where the width is one
compared as (
  select comparison, size, family, reference, avg(mine.loss - theirs.loss) as less, half_width(mine.loss - theirs.loss) as half,
    count(mine.loss - theirs.loss) as seeds
  from budget_groups as placed
  join runs_of as mine using (size, family)
  left join runs_of as theirs on theirs.size = placed.size and theirs.family = placed.reference and theirs.seed = mine.seed
  group by all
),
facts as (
  select best_arms.*, every_arm.* exclude (size, arm, family, at_work)
  from best_arms join every_arm using (size, arm)
)
select compared.comparison, compared.size, compared.family, if(compared.family = compared.reference, null, compared.reference) as reference,
  facts.method, facts.rank, facts.width, facts.hidden, facts.steps, facts.tried, facts.learning_rate,
  if(facts.at_edge and facts.tried > 1, 'edge', null) as edge, compared.seeds, facts.loss,
  if(compared.family = compared.reference, null, compared.less) as less,
  if(compared.family = compared.reference, null, compared.less - compared.half) as low,
  if(compared.family = compared.reference, null, compared.less + compared.half) as high,
  if(compared.family = compared.reference, null, better_or_worse(compared.less, compared.half)) as verdict,
  facts.memory_bytes / 1e6 as memory,
  100 * facts.memory_bytes / coalesce(if(compared.comparison like 'memory%', facts.memory_budget, null), reference.memory_bytes) as of_memory,
  facts.operations / 1e12 as operations,
  100 * facts.operations / reference.operations as of_operations
from compared
join facts on facts.size = compared.size and facts.family = compared.family
join facts as reference on reference.size = compared.size and reference.family = compared.reference
order by case compared.comparison when 'steps' then 0 when 'memory' then 1 when 'work' then 2 else 3 end, compared.size, compared.reference, facts.loss, facts.place
