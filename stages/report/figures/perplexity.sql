-- Perplexity of held-out text at every checkpoint of every run, by both definitions.
select runs.size, runs.arm, runs.seed, heldout.step, heldout.token_weighted, heldout.mean_of_texts
from heldout join runs using (size, arm, seed)
order by runs.place, runs.seed, heldout.step
