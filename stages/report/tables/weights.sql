-- Spectra of weights at the first and the last measured checkpoint, beside the published ones.
select component, kind, size, arm, step, per, per_band,
  -- the circuit of a head is of less rank than its sides: over what it can have
  if(component = 'ov_heads', condition_number_of_factors, condition_number) as condition_number, condition_number_band,
  published_model, published_step, published_per, published_condition_number
from components left join beside using (size, arm, component, kind, step)
where kind in ('weight', 'effective')
  and step in ((select min(step) from components), (select max(step) from components))
order by component, kind desc, place, step
