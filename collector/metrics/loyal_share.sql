-- name: loyal_share
-- title: Loyal visitors (panel, within the epoch)
-- unit: share of visitors
-- people: yes
-- rests_on: loyal_share came_twice came_once visitors
-- interval: share
-- definition: visitors with three visits or more in the epoch / visitors. Withheld where those with two visits are too few as well:
--   they are the returning visitors less these.
-- bias: as returning_visitors: with an epoch of a day, loyalty of a day.
-- source: Footfall's own definition
SELECT
    '' AS series, 'all' AS cell, sum(loyal) / count(*) AS value,
    least(sum(loyal), count(*) - sum(loyal), sum(twice)) AS group_size, count(*) AS of
FROM (
    SELECT CASE WHEN visits >= 3 THEN 1.0 ELSE 0.0 END AS loyal, CASE WHEN visits = 2 THEN 1 ELSE 0 END AS twice FROM comers
) AS visitors
