-- Each checkpoint's overall accuracy, tested against chance.
select suite, size, arm, seed, step, pairs, correct, 100.0 * correct / pairs as percent, p, q
from chance_tests
order by position
