-- Held-out loss and perplexity, and accuracy of each suite, at every checkpoint of every run.
with overall as (
  select size, arm, seed, step, own_column, percent
  from phenomena join suites using (suite)
  where phenomenon = 'overall'
),
-- a column for each suite
by_suite as (pivot overall on own_column using max(percent) group by size, arm, seed, step)
select runs.size, runs.arm, runs.seed, heldout.step, heldout.nats_per_token, heldout.token_weighted,
  heldout.mean_of_texts, by_suite.* exclude (size, arm, seed, step)
from heldout join runs using (size, arm, seed) left join by_suite using (size, arm, seed, step)
order by runs.place, runs.seed, heldout.step
