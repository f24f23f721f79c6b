-- Each arm at its own best learning rate, beside the first ReLoRA arm and the first full-rank arm at theirs.
with chosen as (
  from best_rates where best
),
runs_of as (
  select chosen.size, chosen.family, heldout.seed, heldout.nats_per_token as loss
  from chosen join heldout using (size, arm)
  where heldout.step = (select max(step) from heldout)
),
reference as (
  select size, arg_min(family, place) filter (where method = 'relora') as relora,
    arg_min(family, place) filter (where method = 'full-rank') as full_rank
  from chosen group by size
),
-- paired: runs of one seed start from the same weights and read the same rows
compared as (
  select mine.size, mine.family, avg(mine.loss - relora.loss) as less_relora, half_width(mine.loss - relora.loss) as half,
    avg(mine.loss - full_rank.loss) as less_full_rank
  from runs_of as mine
  join reference using (size)
  left join runs_of as relora
    on relora.size = mine.size and relora.seed = mine.seed and relora.family = reference.relora
  left join runs_of as full_rank
    on full_rank.size = mine.size and full_rank.seed = mine.seed and full_rank.family = reference.full_rank
  group by all
),
near as (
  select size, family, count(*) as within
  from (select *, min(loss) over (partition by size, family) as least from rates)
  where loss <= 1.01 * least
  group by all
)
select chosen.size, chosen.family, chosen.method, chosen.tried, chosen.learning_rate,
  if(chosen.at_edge and chosen.tried > 1, 'edge', null) as edge, near.within, chosen.seeds, chosen.loss,
  compared.less_full_rank, compared.less_relora, compared.less_relora - compared.half as low,
  compared.less_relora + compared.half as high,
  if(chosen.family = reference.relora, null, better_or_worse(compared.less_relora, compared.half)) as verdict,
  work.trained_parameters, work.state_bytes / 1e6 as state, work.operations / 1e12 as operations
from chosen
join (select size, arm, trained_parameters, state_bytes, operations from arms) as work using (size, arm)
join compared using (size, family)
join near using (size, family)
join reference using (size)
order by chosen.size, chosen.loss
