-- Spectra of weights and updates at every checkpoint, mean over layers, with half of a 95 % band over layers.
select size, arm, since, step, component, kind, per, per_band, condition_number, condition_number_band,
  numerical_rank, numerical_rank_band, condition_number_of_rank, condition_number_of_rank_band,
  rank_bound / least(rows, columns) as per_bound
from components
order by component, kind, place, step
