-- Spectra of updates at every checkpoint, beside the published ones at the same share of training.
select * exclude (place)
from updates
order by component, kind, place, step
