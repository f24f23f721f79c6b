-- Overall accuracy at the last checkpoint, against the first full-rank arm on the same pairs, beside the published tests.
select suite, size, arm, against, pairs, percent, baseline_percent, differences.difference, low, high, better, worse,
  differences.p, z_p, seed_low, seed_high,
  tests.size as published_size, tests.difference as published_difference, tests.p as published_p
from accuracy_differences as differences join arms using (size, arm)
left join published_tests as tests
  on differences.suite = 'blimp' and tests.size = arms.published_size and tests.method = arms.method
order by differences.position
