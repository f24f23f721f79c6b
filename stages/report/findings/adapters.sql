-- Whether adapters changed what the forward pass uses before the first merge.
-- a warm start changes the weights before there are adapters, so a change counts from the step that attached them
with attached as (
  select size, arm, max(step) filter (where event = 'attach') as step from metrics group by size, arm
)
select arms.size, arms.arm, arms.first_merge, count(*) filter (where frobenius = 0) as zero, count(*) as matrices
from spectra join arms using (size, arm) join told using (size, arm) join attached using (size, arm)
where kind = 'realised' and spectra.step <= arms.first_merge and spectra.since >= coalesce(attached.step, 0)
group by arms.position, arms.size, arms.arm, arms.first_merge
order by arms.position
