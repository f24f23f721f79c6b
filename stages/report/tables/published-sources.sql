-- Where each kind of published figure was taken from.
select about, origin, how
from published_sources
order by position
