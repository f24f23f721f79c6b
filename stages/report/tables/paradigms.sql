-- Accuracy of each paradigm at the last checkpoint.
select accuracy.suite, accuracy.phenomenon, accuracy.paradigm, runs.size, runs.arm, runs.seed, accuracy.pairs,
  accuracy.correct, accuracy.ties, accuracy.identical, 100.0 * accuracy.correct / accuracy.pairs as percent
from accuracy join runs using (size, arm, seed)
where accuracy.step = (select max(step) from accuracy)
order by accuracy.suite desc, accuracy.phenomenon, accuracy.paradigm, runs.place, runs.seed
