-- What several queries compute. student(n), the quantile of Student's t for n values, is made by student.ts.

-- A zero matrix has no spectrum (NaN), so means over layers are taken over those that have one, and are NaN where none has.
create macro mean(x) as coalesce(avg(x) filter (where not isnan(x)), 'nan'::double);

-- Half of the 95 % interval of a mean.
create macro half_width(x) as
  stddev_samp(x) filter (where isfinite(x)) / sqrt(count(x) filter (where isfinite(x)))
  * student(count(x) filter (where isfinite(x)));

-- What the interval of a difference of losses says of the first, where one seed says nothing.
create macro better_or_worse(less, half) as case
  when half is null then 'undecided: one seed'
  when less + half < 0 then 'better'
  when less - half > 0 then 'worse'
  else 'undecided'
end;
