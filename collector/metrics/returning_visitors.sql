-- name: returning_visitors
-- title: Returning visitors (panel, within the epoch)
-- unit: devices of the panel
-- people: yes
-- rests_on: returning_visitors came_once
-- counts: yes
-- interval: count
-- definition: visitors who make a visit in the time asked for after an earlier one in the same epoch (with an epoch of a day: who
--   came back on the same day).
-- bias: within the epoch only; a visitor whose phone is silent for longer than a visit's gap is taken for one who came back.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, sum(back) AS value, least(sum(back), count(*) - sum(back)) AS group_size
FROM (
    SELECT CASE WHEN visits > 1 THEN 1 ELSE 0 END AS back FROM comers
) AS visitors
