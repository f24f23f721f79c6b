-- Each run in numbers, and its final loss beside the unigram entropy.
select runs.size, runs.arm, runs.seed, tails.step as steps, study.batch_size, study.sequence_length, tails.tokens,
  unigram.entropy, tails.last_loss, tails.loss, tails.loss - unigram.entropy as above_entropy
from runs join tails using (size, arm, seed), study, unigram
order by runs.place, runs.seed
