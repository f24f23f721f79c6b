-- Activations and gradients at the last checkpoint, beside the published gradients.
select component, kind, size, arm, per, numerical_rank, condition_number_of_rank, condition_number, frobenius,
  -- NaN says that a measure is not of this kind
  if(isnan(gini), null, gini) as gini, if(isnan(hoyer), null, hoyer) as hoyer,
  if(isnan(anisotropy), null, anisotropy) as anisotropy,
  zero, matrices, published_model, published_step, published_per, published_condition_number
from probed left join beside using (size, arm, component, kind, step)
where step = (select max(step) from dynamics)
order by component, kind, place
