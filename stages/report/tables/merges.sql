-- Loss before and after each merge, beside the published one.
with merged as (
  select *, row_number() over (partition by size, arm, seed order by step) as ordinal
  from around where event = 'merge'
)
select runs.size, runs.arm, runs.seed, merged.ordinal, merged.step, merged.loss as before, merged.after,
  merged.after - merged.loss as jump, merged.before_five, merged.after_five, merged.jump_five,
  merged.less_full_rank,
  published.size as published_size, published.step as published_step, published.loss_before as published_before,
  published.loss_after as published_after, published.loss_after - published.loss_before as published_jump
from merged
join runs using (size, arm, seed)
left join published_merges as published on published.size = runs.published_size and published.ordinal = merged.ordinal
  and runs.method = 'relora'
order by runs.place, runs.seed, merged.ordinal
