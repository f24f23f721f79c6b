-- Training loss, held-out loss and perplexity at the end of each run, beside the published ones.
with last as (
  from heldout where step = (select max(step) from heldout)
),
baseline as (
  select tails.size, tails.seed, tails.loss from tails join baselines using (size, arm)
),
published as (
  select size, method, loss, perplexity,
    loss - first_value(loss) over (partition by size order by method) as difference
  from published_curves where step = (select max(step) from published_curves)
)
select runs.size, runs.arm, runs.seed, tails.loss, tails.loss - baseline.loss as difference,
  last.nats_per_token, last.token_weighted, last.mean_of_texts,
  published.size as published_size, published.loss as published_loss, published.difference as published_difference,
  published.perplexity as published_perplexity
from runs
join tails using (size, arm, seed)
left join last using (size, arm, seed)
left join baseline on baseline.size = runs.size and baseline.seed = runs.seed
left join published on published.size = runs.published_size and published.method = runs.method
order by runs.place, runs.seed
