-- Accuracy of each paradigm at the last checkpoint, against the first full-rank arm on the same pairs, beside BLiMP's published ones.
select differences.suite, differences.phenomenon, differences.paradigm, differences.size, differences.arm, against, pairs,
  differences.percent, baseline_percent, difference, low, high, p, q,
  relora.size as published_size, relora.percent as published_percent, full_rank.percent as published_baseline,
  relora.percent - full_rank.percent as published_difference
from paradigm_differences as differences join arms using (size, arm)
left join published_paradigms as relora
  on relora.size = arms.published_size and relora.paradigm = differences.paradigm and relora.method = 'relora'
  and arms.method = 'relora' and differences.suite in ('blimp', 'generated')
left join published_paradigms as full_rank
  on full_rank.size = relora.size and full_rank.paradigm = relora.paradigm and full_rank.method = 'full-rank'
order by differences.position
