-- Floating-point operations that a run has taken at a step: those of the steps before its method begins, and of its own.
create macro flops_until(arm, step) as
  least(step, arm.warm_start_steps) * arm.warm_start_flops + greatest(step - arm.warm_start_steps, 0) * arm.step_flops;

-- Floating-point operations of a published run: 6 for each parameter and token (Kaplan et al. 2020, section 2.1), of which the third
-- that makes a matrix's own gradient falls away where it is frozen, and 12·L·D·T a token for attention (Chowdhery et al. 2022,
-- appendix B), of which causality leaves half; the embedding is looked up. As this study's runs are counted (stages/arm.ts).
create view published_flops as
with counted as (
  select size, vocabulary, width, layers, 'full-rank' as method, parameters as total, parameters as trained
  from published_models
  union all
  select size, vocabulary, width, layers, 'relora', relora_total, relora_trained from published_models
)
select size, method, total, trained,
  tokens::double * (
    4 * (total - vocabulary * width) + 2 * (trained - vocabulary * width) + 6 * layers * width * sequence_length
  ) as flops
from counted, published_scale;
