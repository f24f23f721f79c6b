-- How each arm is trained, one column an arm, value_N with N its place in the study, beside the published runs.
with arms_in_order as (
  select arm, row_number() over (order by min(position)) - 1 as place from settings group by arm
),
-- in the order in which settings come first, those that only published runs have at the end
ordered as (
  select setting, min(place) as place
  from (
    select setting, position as place from settings
    union all
    select setting, 1000000 + position from published_settings
  )
  group by setting
),
placed as (select setting, 'value_' || place as run, value from settings join arms_in_order using (arm)),
by_arm as (pivot placed on run using max(value) group by setting)
select ordered.setting, by_arm.* exclude (setting),
  published.full_rank as published_full_rank, published.relora as published_relora
from ordered left join by_arm using (setting) left join published_settings as published using (setting)
order by ordered.place
