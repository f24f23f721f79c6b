-- Whether each pair of a suite is judged right by an arm and by the one it is compared with: a mean over seeds.
with judged as (select *, (good > bad)::double as is_right from scores where suite = getvariable('suite')),
ours as (from judged where size = getvariable('size') and arm = getvariable('arm') order by seed),
theirs as (from judged where size = getvariable('size') and arm = getvariable('against'))
select ours.phenomenon, ours.paradigm, avg(ours.is_right) as arm, avg(theirs.is_right) as baseline
from ours join theirs using (seed, phenomenon, paradigm, pair)
group by ours.phenomenon, ours.paradigm, pair
order by ours.phenomenon, ours.paradigm, pair
