-- Overall accuracy of each arm on each suite at the end, mean over seeds.
select suite, size, arm, avg(percent) as percent
from (from phenomena order by seed) join arms using (size, arm) join told using (size, arm)
where phenomenon = 'overall' and step = (select max(step) from phenomena)
group by suite, arms.position, size, arm
order by arms.position
