-- Each claim at each size, or from a size to the next: the effect, its interval and what it decides.
select verdicts.position + 1 as number, measure, of_arm, coalesce(than_arm, than_value::varchar) as than, scope, relation,
  nullif(margin, 0) as margin, effect, low, high, replicates, over, verdict,
  published.published_size, published_effect, published_of
from verdicts join sizes using (size)
left join published_verdicts as published on published.position = verdicts.position and published.size = verdicts.size
order by verdicts.position, sizes.position
