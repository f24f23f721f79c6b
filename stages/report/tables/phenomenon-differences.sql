-- Accuracy of each phenomenon at the last checkpoint, against the first full-rank arm on the same pairs.
select suite, size, arm, phenomenon, pairs, percent, baseline_percent, difference, low, high, p, q
from phenomenon_differences
order by position
