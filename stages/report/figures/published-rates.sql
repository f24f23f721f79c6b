-- Learning rates of the published runs over steps.
select method, step, rate
from published_rates
order by position
