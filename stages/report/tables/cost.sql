-- What a run of each arm costs, whatever the machine, beside what the published runs cost.
with costs as (
  select arms.*, study.steps, study.steps::bigint * study.batch_size * study.sequence_length as tokens,
    flops_until(arms, study.steps) as flops
  from arms, study
)
select costs.size, costs.arm, costs.tokens, costs.tokens / costs.total_parameters as tokens_per_parameter, costs.flops,
  100 * costs.flops / full_rank.flops as of_full_rank,
  published.size as published_size, scale.tokens as published_tokens,
  scale.tokens / published.total as published_tokens_per_parameter, published.flops as published_flops,
  spent.gpus as published_gpus, spent.gpu_hours as published_gpu_hours, spent.wall_hours as published_wall_hours,
  published.flops / (3600 * spent.gpu_hours) as published_rate
from costs
left join (from costs semi join baselines using (size, arm)) as full_rank on full_rank.size = costs.size
left join published_flops as published on published.size = costs.published_size and published.method = costs.method
left join published_costs as spent on spent.size = published.size and spent.method = published.method
left join published_scale as scale on published.size is not null
order by costs.position
