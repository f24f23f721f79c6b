-- One row a matrix, averaged over seeds.
create view layers as
select arms.position as place, arms.method, arms.product_dtype, arms.published_size, size, arm, step, since, component, kind, layer, rows,
  columns,
  mean(per) as per, mean(condition_number) as condition_number, avg(numerical_rank) as numerical_rank,
  mean(condition_number_of_rank) as condition_number_of_rank, mean(sigma_max) as sigma_max,
  mean(sigma_min) as sigma_min, mean(frobenius) as frobenius, max(rank_bound) as rank_bound,
  mean(per_of_rank) as per_of_rank, mean(condition_number_of_factors) as condition_number_of_factors,
  mean(nuclear) as nuclear, mean(max_abs) as max_abs, mean(gini) as gini, mean(hoyer) as hoyer
from spectra join arms using (size, arm)
group by all;

-- Whether a matrix is of the first or of the last half of its model's layers; of an odd number the first half has one more.
create view halves as
select layers.*, if(2 * layer < depths.layers, 'first', 'last') as half
from layers join (select size, max(layer) + 1 as layers from layers group by size) as depths using (size);

-- One row a component, averaged over layers.
create view components as
select place, method, product_dtype, published_size, size, arm, step, since, step / study.steps as share, component,
  kind, rows, columns,
  max(rank_bound) as rank_bound,
  count(*) as matrices, count(*) filter (where frobenius = 0) as zero,
  mean(per) as per, half_width(per) as per_band,
  mean(condition_number) as condition_number, half_width(condition_number) as condition_number_band,
  avg(numerical_rank) as numerical_rank, half_width(numerical_rank) as numerical_rank_band,
  mean(condition_number_of_rank) as condition_number_of_rank,
  half_width(condition_number_of_rank) as condition_number_of_rank_band,
  mean(frobenius) as frobenius, mean(per_of_rank) as per_of_rank,
  mean(condition_number_of_factors) as condition_number_of_factors,
  mean(nuclear) as nuclear, mean(max_abs) as max_abs, mean(gini) as gini, mean(hoyer) as hoyer
from (from layers order by layer), study
group by all;

-- Activations and gradients, averaged over layers, heads and seeds.
create view probed as
select arms.position as place, arms.method, arms.published_size, size, arm, step, step / study.steps as share,
  component, kind, count(*) filter (where frobenius = 0) as zero, count(*) as matrices,
  mean(per) as per, mean(condition_number) as condition_number, avg(numerical_rank) as numerical_rank,
  mean(condition_number_of_rank) as condition_number_of_rank, mean(frobenius) as frobenius, mean(gini) as gini,
  mean(hoyer) as hoyer, mean(anisotropy) as anisotropy
from (from dynamics order by size, arm, seed, step, layer, component, head, kind) join arms using (size, arm), study
group by all;

-- What of this study the published spectra were taken of, as far as it has it: the stored weight; of ReLoRA's updates the adapter's
-- product; of full-rank updates the gradient, beside which the realised change, another kind of object, may stand too.
create view comparable as
select size, arm, method, published_size, component, kind, step, share, 'weights' as published_kind
from components where kind = 'weight'
union all
select size, arm, method, published_size, component, kind, step, share, 'updates'
from components where (method = 'relora' and kind = 'adapter') or (method = 'full-rank' and kind = 'realised')
union all
select size, arm, method, published_size, component, kind, step, share, 'updates'
from probed where method = 'full-rank' and kind = 'gradient';

-- Published spectra at the same share of training: the nearest point, where one is within a fortieth of the whole run.
create view beside as
select comparable.size, comparable.arm, comparable.component, comparable.kind, comparable.step,
  published.object as published_object, published.size as published_model, published.step as published_step,
  published.per as published_per, published.condition_number as published_condition_number
from comparable join published_spectra as published
  on published.kind = comparable.published_kind and published.size = comparable.published_size
  and published.method = comparable.method and published.component = comparable.component
  and abs(published.share - comparable.share) < 0.025
qualify row_number() over (
  partition by comparable.size, comparable.arm, comparable.component, comparable.kind, comparable.step
  order by abs(published.share - comparable.share), published.step
) = 1;

-- Spectra of updates beside the published ones: what the tables of updates take their rows from.
create view updates as
select place, component, kind, size, arm, if(kind = 'realised', since, null) as from_step, step, per, per_band,
  if(kind = 'adapter', nullif(rank_bound / least(rows, columns), 1), null) as per_bound, per_of_rank, numerical_rank,
  condition_number_of_rank, condition_number_of_rank_band,
  if(kind = 'adapter' and component <> 'ov', condition_number_of_factors, null) as condition_number_of_factors,
  frobenius, zero, matrices,
  -- σ_max / σ_min, of use only beside the published quotient of the same kind
  if(comparable.step is not null, condition_number, null) as condition_number,
  published_object, published_model, published_step, published_per,
  -- the published one of an adapter is the floor of bf16, so that only what was stored alike can stand beside it
  if(kind = 'realised' or product_dtype = 'bf16', published_condition_number, null) as published_condition_number
from components
left join comparable using (size, arm, component, kind, step)
left join beside using (size, arm, component, kind, step)
where kind in ('adapter', 'realised');
