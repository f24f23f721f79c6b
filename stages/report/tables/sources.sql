-- Held-out text by source at the last checkpoint.
select perplexity.source, runs.size, runs.arm, runs.seed, count(*) as domains, sum(perplexity.texts) as texts,
  sum(perplexity.tokens) as tokens, sum(perplexity.nats) / sum(perplexity.tokens) as nats_per_token,
  avg(perplexity.token_weighted) as macro, exp(sum(perplexity.nats) / sum(perplexity.tokens)) as token_weighted,
  sum(perplexity.mean_of_texts * perplexity.texts) / sum(perplexity.texts) as mean_of_texts
from (from perplexity order by domain) as perplexity join runs using (size, arm, seed)
where perplexity.step = (select max(step) from perplexity)
group by perplexity.source, runs.place, runs.size, runs.arm, runs.seed
order by perplexity.source <> 'held-out', perplexity.source, runs.place, runs.seed
