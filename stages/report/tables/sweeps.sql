-- Held-out loss at each learning rate that was tried.
select size, family, learning_rate, seeds, loss, loss - min(loss) over (partition by size, family) as above_best,
  if(best, 'best', null) as best
from best_rates where learning_rate is not null
order by min(place) over (partition by size, family), learning_rate
