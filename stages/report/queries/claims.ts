import type { Question } from "../question.ts"
import { fixed, integer, text } from "../table.ts"

const sql = `
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
  )
  select claims.position + 1 as number, claims.says, claims.source, decided.verdict,
    case when judged > 1 then held || ' of ' || judged end as held,
    case
      when decided.verdict <> 'undecided' then null
      when judged = 0 then 'nothing of it is measured in this study'
      when single then 'more than one of ' || over
      else 'about ' || greatest(needed, replicates + 1)::bigint || ' ' || over || ' instead of ' || replicates
    end as needs
  from claims join decided using (position)
  order by claims.position
`

export const claims: Question = {
  name: "claims",
  title: "Claims, decided",
  caption: ({ config }) =>
    "A claim holds at a size where the 95 % interval of its difference lies on its side of the margin, fails where " +
    "the interval lies on the other, and is undecided otherwise; a claim about every size holds where it holds at " +
    "each, and fails where it fails at one. " +
    (config.seeds.length > 1
      ? "Intervals are over seeds."
      : "With one seed intervals are over what was measured of it (domains, paradigms, matrices, merges): they tell " +
        "nothing of how another seed would have come out.") +
    " Needs: what would narrow the interval enough, were effect and spread to stay as they are.",
  published: false,
  columns: [
    integer("number", "claim"),
    text("says", "says"),
    text("source", "source"),
    text("verdict", "verdict"),
    text("held", "holds at"),
    text("needs", "needs")
  ],
  sql,
  section: "claims"
}

const effectsSql = `
  select verdicts.position + 1 as number, says, measure, of_arm, coalesce(than_arm, than_value::varchar) as than, scope, relation,
    nullif(margin, 0) as margin, effect, low, high, replicates, over, verdict
  from verdicts join sizes using (size)
  order by verdicts.position, sizes.position
`

export const claimEffects: Question = {
  name: "claim-effects",
  title: "Claims at each size",
  caption: () =>
    "One row a claim and size, or step from a size to the next. Effect: mean difference between the two arms, or from " +
    "the number, in the unit of the measure (losses in nats per token, accuracy in percentage points, condition " +
    "numbers as logarithms). Interval: 95 %, Student's t over the values counted; for a change between sizes, Welch's.",
  published: false,
  columns: [
    integer("number", "claim"),
    text("measure", "measure"),
    text("of_arm", "of"),
    text("than", "than"),
    text("scope", "at"),
    text("relation", "is"),
    fixed("margin", "margin", 3),
    fixed("effect", "effect", 4),
    fixed("low", "low", 4),
    fixed("high", "high", 4),
    integer("replicates", "values"),
    text("over", "over"),
    text("verdict", "verdict")
  ],
  sql: effectsSql,
  section: "claims"
}
