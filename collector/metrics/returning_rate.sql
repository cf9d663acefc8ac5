-- name: returning_rate
-- title: Returning rate (panel, within the epoch)
-- unit: share of visitors
-- people: yes
-- rests_on: returning_visitors came_once visitors
-- interval: share
-- definition: returning visitors / visitors, within the epoch.
-- bias: as returning_visitors.
-- source: Footfall's own definition
SELECT
    '' AS series, 'all' AS cell, sum(back) / count(*) AS value,
    least(sum(back), count(*) - sum(back)) AS group_size, count(*) AS of
FROM (
    SELECT CASE WHEN visits > 1 THEN 1.0 ELSE 0.0 END AS back FROM comers
) AS visitors
