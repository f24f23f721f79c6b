-- What the published runs say of each measure: ReLoRA's difference from full-rank training, or, where the measure is compared
-- with a number, its value; at the end of the figures, in the unit of the measure. Where the measure itself was not published,
-- what comes nearest to it, as `of_what` says.
create view published_effects as
with last_points as (
  from published_curves where step = (select max(step) from published_curves)
),
pairs as (
  select ours.size, ours.loss - theirs.loss as loss, ln(ours.perplexity / theirs.perplexity) as perplexity,
    ours.blimp - theirs.blimp as blimp
  from last_points as ours join last_points as theirs using (size)
  where ours.method = 'relora' and theirs.method = 'full-rank'
),
-- the last value of each series, whose steps differ by method
spectra as (
  select kind, size, method, component, arg_max(per, step) as per, arg_max(condition_number, step) as condition_number
  from published_spectra group by all
),
spectral as (
  select ours.kind, ours.size, avg(ours.per - theirs.per) as per,
    avg(ln(ours.condition_number / theirs.condition_number)) as condition
  from (from spectra order by component) as ours join spectra as theirs using (kind, size, component)
  where ours.method = 'relora' and theirs.method = 'full-rank'
  group by all
)
select 'training-loss' as measure, size, 'full-rank' as versus, loss as effect, 'training loss' as of_what from pairs
union all
select 'held-out-loss', size, 'full-rank', perplexity, 'logarithm of perplexity by text, Paloma' from pairs
union all
select 'perplexity-by-text', size, 'full-rank', perplexity, 'logarithm of perplexity by text, Paloma' from pairs
union all
select 'accuracy', size, 'full-rank', blimp, 'BLiMP' from pairs
union all
select 'weight-rank', size, 'full-rank', per, 'w_2 and ov' from spectral where kind = 'weights'
union all
select 'weight-condition', size, 'full-rank', condition, 'w_2 and ov' from spectral where kind = 'weights'
union all
select 'update-rank', size, 'full-rank', per, 'B·A against the gradient' from spectral where kind = 'updates'
union all
select 'update-condition', size, 'full-rank', condition, 'all of B·A in bf16 against the gradient'
from spectral where kind = 'updates'
union all
select 'merge-jump', size, 'number', avg(loss_after - loss_before), 'mean of ' || count(*) || ' resets'
from (from published_merges order by ordinal) group by size
union all
-- ReLoRA's stored weights at the first two points: the adapters had nothing to merge into them
select 'first-cycle-change', size, 'number', max(abs(second.per - first.per)), 'PER of stored weights, step 100 to 2,100'
from published_spectra as first join published_spectra as second using (kind, size, method, component)
where kind = 'weights' and method = 'relora' and first.step = 100 and second.step = 2100
group by size;

-- The published effect beside each verdict: of a size, or from the smaller to the larger.
create view published_verdicts as
with asked as (
  select claims.position, claims.measure, claims.relation, coalesce(claims.than_value, 0) as than,
    if(claims.than_arm is null, 'number', 'full-rank') as versus, claims.at_size
  from claims
  where claims.of_arm in (select arm from arms where method = 'relora')
    and (claims.than_arm is null or claims.than_arm in (select arm from baselines))
),
beside as (
  select asked.position, asked.relation, sizes.size, published.size as published_size, published.effect - than as effect, of_what,
    models.position as ordinal
  from asked join published_effects as published using (measure, versus)
  join sizes on sizes.published_size = published.size and sizes.size = coalesce(asked.at_size, sizes.size)
  join published_models as models on models.size = published.size
)
select position, size, published_size, effect as published_effect, of_what as published_of
from beside where relation not in ('grows', 'shrinks')
union all
select larger.position, larger.size, smaller.published_size || ' → ' || larger.published_size,
  larger.effect - smaller.effect, larger.of_what
from beside as smaller join beside as larger on larger.position = smaller.position and larger.ordinal = smaller.ordinal + 1
where larger.relation in ('grows', 'shrinks');
