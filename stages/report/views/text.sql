-- Text held out of the corpus or beside it, as a whole.
create view heldout as
select size, arm, seed, step, sum(nats) / sum(tokens) as nats_per_token,
  exp(sum(nats) / sum(tokens)) as token_weighted,
  sum(mean_of_texts * texts) / sum(texts) as mean_of_texts
from (from perplexity where source = 'held-out' order by domain)
group by all;

-- Ids of the rows that training reached, and how often each occurs.
create view unigrams as
select token, count(*) as occurrences
from packed
where row < (select max(steps)::bigint * max(batch_size) from study)
group by token;

-- The loss of a model that knows only how often tokens occur.
create view unigram as
select sum(occurrences) as tokens, -sum(share * ln(share)) as entropy
from (
  select token, occurrences, occurrences / sum(occurrences) over () as share from unigrams order by token
);
