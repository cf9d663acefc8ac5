-- name: peak_hour
-- title: Busiest hour (panel)
-- unit: hour of day
-- people: yes
-- rests_on: hourly
-- definition: the hour of the day, in the site's own time, in which most visits of the panel begin; the earliest of equals.
-- bias: as visitors; over several days it is the hour of their sum.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, h.hour_of_day AS value, count(DISTINCT v.token) AS group_size
FROM hours AS h
JOIN visits AS v ON v.start_ms >= h.start_ms AND v.start_ms < h.end_ms
WHERE v.outcome = 'visit'
GROUP BY h.hour_of_day
ORDER BY count(*) DESC, h.hour_of_day
LIMIT 1
