-- The claims of a study, decided by its measurements: views, one on the other.

-- Each measure's values, unit by unit.
create view units as
with last_evaluation as (select max(step) as step from perplexity),
suites as (
  select case when bool_or(suite = 'blimp') then 'blimp' else 'generated' end as suite, max(step) as step from accuracy
),
attached as (
  select size, arm, seed, coalesce(max(step) filter (where event = 'attach'), 0) as step from metrics group by all
),
at_the_end as (
  select *, component || ' of layer ' || layer as unit
  from spectra where step = (select max(step) from spectra) and head = -1
)
select 'training-loss' as measure, size, arm, seed, 'step ' || step as unit, step as place, loss as value
from metrics where step > (select max(steps) - max(tail) from study)
union all
select 'held-out-loss', size, arm, seed, domain, 0, nats / tokens
from perplexity where step = (select step from last_evaluation)
union all
select 'perplexity-by-text', size, arm, seed, domain, 0, ln(mean_of_texts)
from perplexity where step = (select step from last_evaluation)
union all
select 'accuracy', size, arm, seed, paradigm, 0, 100.0 * correct / pairs
from accuracy where step = (select step from suites) and suite = (select suite from suites)
union all
select 'weight-rank', size, arm, seed, unit, layer, per from at_the_end where kind = 'weight'
union all
select 'weight-condition', size, arm, seed, unit, layer, ln(condition_number) from at_the_end where kind = 'weight'
union all
select 'update-rank', size, arm, seed, unit, layer, per from at_the_end where kind = 'realised'
union all
select 'update-condition', size, arm, seed, unit, layer, ln(condition_number_of_rank)
from at_the_end where kind = 'realised'
union all
select 'merge-jump', size, arm, seed, 'merge ' || row_number() over (partition by size, arm, seed order by step), step,
  less_full_rank
from around where event = 'merge' and less_full_rank is not null
union all
select 'first-cycle-change', spectra.size, spectra.arm, spectra.seed,
  component || ' of layer ' || layer || ', step ' || spectra.step, spectra.step, frobenius
from spectra join arms using (size, arm) join attached using (size, arm, seed)
where kind = 'realised' and head = -1 and spectra.step <= arms.first_merge and spectra.since >= attached.step;

-- What a claim's arm has beyond the other, or beyond a number, unit by unit.
create view differences as
select claims.position as claim, ours.size, ours.seed, ours.unit, ours.place,
  ours.value - coalesce(theirs.value, claims.than_value) as difference
from claims
join units as ours on ours.measure = claims.measure and ours.arm = claims.of_arm
left join units as theirs on theirs.measure = claims.measure and theirs.arm = claims.than_arm and theirs.size = ours.size
  and theirs.seed = ours.seed and theirs.unit = ours.unit
where claims.than_arm is null or theirs.value is not null;

-- What the mean of a claim's differences is taken over. Runs of several seeds are the replicates where a study has them, since
-- a claim about training is about any seed; with one seed only the units are left, and the interval tells nothing of other
-- seeds.
create view replicates as
with numbers as (select claim, size, count(distinct seed) as seeds from differences group by all),
finite as (from differences where isfinite(difference) order by claim, size, seed, place, unit)
select claim, size, 'seeds' as over, seed as place, seed::varchar as replicate, avg(difference) as difference,
  bool_and(difference = 0) as equal
from finite join numbers using (claim, size) where seeds > 1 group by claim, size, seed
union all
select claim, size, measures.unit, place, finite.unit, difference, difference = 0
from finite join numbers using (claim, size) join claims on claims.position = claim join measures using (measure)
where seeds = 1;

-- Mean difference at each size, and half of its 95 % interval.
create view effects as
select claim, size, over, count(*) as replicates, avg(difference) as effect, half_width(difference) as half_width,
  var_samp(difference) / count(*) as variance, bool_and(equal) as equal
from (from replicates order by claim, size, place, replicate) group by all;

-- How the effect changes from each size to the next larger one, by Welch's interval: the two sizes' variances added, degrees of
-- freedom by Welch and Satterthwaite, rounded down.
create view gaps as
with ordered as (
  select effects.*, row_number() over (partition by claim order by parameters, size) as ordinal
  from effects join sizes using (size)
)
select claim, smaller.size as smaller, larger.size as size, larger.over,
  least(smaller.replicates, larger.replicates) as replicates,
  larger.effect - smaller.effect as effect,
  case when smaller.variance + larger.variance = 0 then 0 else sqrt(smaller.variance + larger.variance) * student(1 + floor(
    (smaller.variance + larger.variance) * (smaller.variance + larger.variance) / (
      smaller.variance * smaller.variance / (smaller.replicates - 1)
      + larger.variance * larger.variance / (larger.replicates - 1)
    ))::bigint) end as half_width
from ordered as smaller join ordered as larger using (claim)
where larger.ordinal = smaller.ordinal + 1;

-- Each of them judged; a claim about no difference (within) by whether the interval lies within the margin.
create view verdicts as
with judged as (
  select claims.*, effects.size, effects.size as scope, over, replicates, effect, half_width, equal
  from claims join effects on effects.claim = claims.position
  where relation not in ('grows', 'shrinks') and (claims.at_size is null or claims.at_size = effects.size)
  union all by name
  select claims.*, gaps.size, smaller || ' → ' || gaps.size as scope, over, replicates, effect, half_width, null as equal
  from claims join gaps on gaps.claim = claims.position
  where relation in ('grows', 'shrinks')
)
select *, effect - half_width as low, effect + half_width as high,
  case
    when relation = '=' then if(equal, 'holds', 'fails')
    when half_width is null then 'undecided'
    when relation = 'within' and low > -margin and high < margin then 'holds'
    when relation = 'within' and (low >= margin or high <= -margin) then 'fails'
    when relation in ('>', 'grows') and low > margin then 'holds'
    when relation in ('>', 'grows') and high <= margin then 'fails'
    when relation in ('<', 'shrinks') and high < -margin then 'holds'
    when relation in ('<', 'shrinks') and low >= -margin then 'fails'
    else 'undecided'
  end as verdict,
  -- how many replicates would narrow the interval to the distance between effect and margin, the spread staying as it is
  case
    when half_width is null or verdict <> 'undecided' then null
    when relation = 'within' then ceil(replicates * pow(half_width / nullif(abs(margin - abs(effect)), 0), 2))
    when relation in ('<', 'shrinks') then ceil(replicates * pow(half_width / nullif(abs(effect + margin), 0), 2))
    else ceil(replicates * pow(half_width / nullif(abs(effect - margin), 0), 2))
  end as needed
from judged;
