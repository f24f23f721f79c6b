-- Held-out text by domain at the last checkpoint.
select perplexity.source, perplexity.domain, runs.size, runs.arm, runs.seed, perplexity.texts, perplexity.tokens,
  perplexity.nats / perplexity.tokens as nats_per_token, perplexity.token_weighted, perplexity.mean_of_texts
from perplexity join runs using (size, arm, seed)
where perplexity.step = (select max(step) from perplexity)
order by perplexity.source <> 'held-out', perplexity.source, perplexity.domain, runs.place, runs.seed
