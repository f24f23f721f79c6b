-- Suites that were scored, in the order in which they are shown. Generated pairs and BLiMP have columns of their own name.
create view suites as
select suite, place, if(suite in ('generated', 'blimp'), suite, 'suite_' || place) as own_column
from (
  select suite, row_number() over (order by suite <> 'generated', suite <> 'blimp', suite) - 1 as place
  from (select distinct suite from accuracy)
);

-- One row a phenomenon, the mean over its paradigms, and 'overall', the mean over all paradigms.
create view phenomena as
with paradigms as (
  select size, arm, seed, step, suite, phenomenon, paradigm, pairs, ties, 100.0 * correct / pairs as percent
  from accuracy order by suite, phenomenon, paradigm
)
select size, arm, seed, step, suite, phenomenon, count(*) as paradigms, sum(pairs) as pairs, sum(ties) as ties,
  avg(percent) as percent
from paradigms group by all
union all
select size, arm, seed, step, suite, 'overall', count(*), sum(pairs), sum(ties), avg(percent)
from paradigms group by all;
