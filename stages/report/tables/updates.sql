-- Spectra of updates at the last checkpoint, beside the published ones.
select * exclude (place)
from updates
where step = (select max(step) from components)
order by component, kind, place, step
