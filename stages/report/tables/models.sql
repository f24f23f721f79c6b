-- Every model, full-rank: this study's by size, then the published ones.
with models as (
  select 0 as place, 'this study' as source, columns(* exclude (position, published_size)) from sizes
  union all by name
  select 1 as place, 'published' as source, columns(* exclude (position, relora_total, relora_trained))
  from published_models
)
select source, size, width, hidden, layers, heads, kv_heads, vocabulary, parameters,
  2.0 * vocabulary * width / parameters * 100 as embedding_share
from models
order by place, parameters, size
