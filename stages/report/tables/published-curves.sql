-- The published training curves.
select curves.size, curves.method, curves.step, curves.loss, curves.perplexity, curves.blimp
from published_curves as curves join published_models as models using (size)
order by models.position, curves.method, curves.step
