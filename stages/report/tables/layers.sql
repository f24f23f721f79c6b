-- Every matrix at the last checkpoint.
select component, kind, size, arm, layer, rows, columns, per, numerical_rank, condition_number_of_rank, sigma_max,
  sigma_min, frobenius
from layers
where step = (select max(step) from layers)
order by component, kind, place, layer
