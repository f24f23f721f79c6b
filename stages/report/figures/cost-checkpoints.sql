-- Perplexity of held-out text, and accuracy of each suite, of each run by what it had cost at a checkpoint.
with measured as (
  select 'perplexity' as measure, size, arm, seed, step, mean_of_texts as value from heldout
  union all
  select suite, size, arm, seed, step, percent from phenomena where phenomenon = 'overall'
)
select measure, runs.size, runs.arm, runs.seed, step, flops_until(arms, step) as cost, value
from measured join runs using (size, arm, seed) join arms using (size, arm)
order by measure, runs.place, runs.seed, step
