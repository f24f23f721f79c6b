-- Difference of overall accuracy, seed by seed, in points.
with overall as (
  from phenomena
  where suite = getvariable('suite') and phenomenon = 'overall' and size = getvariable('size')
    and step = (select max(step) from phenomena)
)
select ours.percent - theirs.percent as difference
from overall as ours join overall as theirs using (seed)
where ours.arm = getvariable('arm') and theirs.arm = getvariable('against')
order by seed
