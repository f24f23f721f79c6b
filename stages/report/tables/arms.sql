-- Ways of training, beside the published models.
select arms.size, arms.arm, arms.method, arms.rank, arms.settings, arms.total_parameters, arms.trained_parameters,
  100.0 * arms.trained_parameters / arms.total_parameters as trained_share, arms.merges,
  models.size as published_size,
  if(arms.method = 'relora', models.relora_total, models.parameters) as published_total,
  if(arms.method = 'relora', models.relora_trained, models.parameters) as published_trained
from arms left join published_models as models on models.size = arms.published_size
  and arms.method in ('full-rank', 'relora')
order by arms.position
