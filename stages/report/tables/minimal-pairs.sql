-- Accuracy on one suite, getvariable('suite'), at its last checkpoint: one row a phenomenon, mean over its paradigms and over
-- seeds, and a column for each arm at each size, accuracy_N with N its place, beside BLiMP's published accuracies.
with last as (
  from phenomena
  where suite = getvariable('suite') and step = (select max(step) from phenomena where suite = getvariable('suite'))
),
counted as (
  select size, arm, seed, phenomenon, paradigms, pairs, percent from last
  union all
  -- the phenomenon that BLiMP's data count as two and its paper (Warstadt et al. 2020) as one
  select size, arm, seed, 'argument_structure with s-selection', sum(paradigms), sum(pairs),
    sum(percent * paradigms) / sum(paradigms)
  from last
  where suite = 'blimp' and phenomenon in ('argument_structure', 's-selection')
  group by size, arm, seed having count(*) = 2
),
totals as (select phenomenon, max(paradigms) as paradigms, max(pairs) as pairs from counted group by phenomenon),
-- an arm without scores has a column too
placed as (
  select 'accuracy_' || arms.position as run, phenomenon, percent
  from arms left join counted using (size, arm)
  order by seed
),
by_run as (pivot placed on run using avg(percent) group by phenomenon)
select totals.phenomenon, totals.paradigms, totals.pairs, by_run.* exclude (phenomenon),
  published.* exclude (position, phenomenon)
from totals join by_run using (phenomenon) left join published_minimal_pairs as published using (phenomenon)
order by phenomenon = 'overall', phenomenon
