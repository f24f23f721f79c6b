-- Norms and sparsity at the last checkpoint, mean over layers.
select component, kind, size, arm, frobenius, nuclear,
  -- circuits of single heads are known by their factors, so that entries are not measured
  if(component = 'ov_heads', null, max_abs) as max_abs,
  if(component = 'ov_heads', null, gini) as gini,
  if(component = 'ov_heads', null, hoyer) as hoyer
from components
where step = (select max(step) from components)
order by component, kind, place
