-- Spectra of weights at the first and the last measured checkpoint, beside the published ones.
select component, kind, size, arm, step, per, per_band,
  -- the circuit of a head, and a product, are of less rank than their sides: over what they can have
  if(component = 'ov_heads' or kind = 'product', condition_number_of_factors, condition_number) as condition_number,
  if(kind = 'product', null, condition_number_band) as condition_number_band,
  published_model, published_step, published_per, published_condition_number
from components left join beside using (size, arm, component, kind, step)
where kind in ('weight', 'effective', 'A', 'B', 'product')
  and step in ((select min(step) from components), (select max(step) from components))
order by component, kind desc, place, step
