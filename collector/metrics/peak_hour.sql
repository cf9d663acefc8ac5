-- name: peak_hour
-- title: Busiest hour (panel)
-- unit: hour of day
-- people: yes
-- rests_on: hourly
-- definition: the hour of the day, in the site's own time, in which most visits of the panel begin; the earliest of equals.
-- bias: as visitors; over several days it is the hour of their sum.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, v.hour_of_day AS value, count(DISTINCT v.token) AS group_size
FROM visits AS v
WHERE v.outcome = 'visit'
GROUP BY v.hour_of_day
ORDER BY count(*) DESC, v.hour_of_day
LIMIT 1
