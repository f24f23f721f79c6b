-- Models that were trained elsewhere: each measure of each model.
with paradigms as (
  select model, suite, phenomenon, paradigm, 100.0 * correct / pairs as percent
  from model_accuracy order by suite, phenomenon, paradigm
),
measured as (
  select model, 1 as place, suite || ', overall' as what, 'accuracy (%)' as measure, avg(percent) as value
  from paradigms group by model, suite
  union all
  select model, 2, suite || ', ' || phenomenon, 'accuracy (%)', avg(percent) from paradigms group by model, suite, phenomenon
  union all
  select model, 3, source, 'perplexity by domain', avg(token_weighted)
  from (from model_perplexity order by domain) group by model, source
  union all
  select model, 4, source, 'perplexity by token', exp(sum(nats) / sum(tokens))
  from (from model_perplexity order by domain) group by model, source
  union all
  select model, 5, source, 'perplexity by text', sum(mean_of_texts * texts) / sum(texts)
  from (from model_perplexity order by domain) group by model, source
  union all
  select model, 6, component, 'PER', mean(per) from (from model_spectra order by layer) where kind = 'weight'
  group by model, component
  union all
  select model, 7, component, 'condition number', mean(condition_number)
  from (from model_spectra order by layer) where kind = 'weight' group by model, component
)
select model, what, measure, value
from measured
order by model, place, what
