-- What is decided of each claim, over all sizes it is about.
with decided as (
  select position,
    case
      when count(verdict) = 0 then 'undecided'
      when bool_or(verdict = 'fails') then 'fails'
      when bool_and(verdict = 'holds') then 'holds'
      else 'undecided'
    end as verdict,
    count(*) filter (where verdict = 'holds') as held, count(verdict) as judged,
    max(needed) as needed, bool_or(half_width is null and verdict = 'undecided') as single, max(over) as over,
    max(replicates) as replicates
  from claims left join verdicts using (position)
  group by position
),
-- in the unit of the measure; a logarithm's difference says by which factor
published as (
  select position,
    string_agg(model || replace(printf(' %+.3f', published_effect), '-', '−'), ', ' order by ordinal) || ' (' || any_value(published_of) || ')'
      as published
  from (
    select verdicts.position, verdicts.published_size as model, published_effect, published_of, sizes.position as ordinal
    from published_verdicts as verdicts join sizes using (size)
  )
  group by position
)
select claims.position + 1 as number, claims.says, claims.source, decided.verdict,
  case when judged > 1 then held || ' of ' || judged end as held,
  case
    when decided.verdict <> 'undecided' then null
    when judged = 0 then 'nothing of it is measured in this study'
    when single then 'more than one of ' || over
    else 'about ' || greatest(needed, replicates + 1)::bigint || ' ' || over || ' instead of ' || replicates
  end as needs,
  published.published
from claims join decided using (position) left join published using (position)
order by claims.position
