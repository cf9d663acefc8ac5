-- name: dwell_histogram
-- title: How long they stayed (panel)
-- unit: visits
-- people: yes
-- rests_on: dwell_histogram
-- counts: yes
-- parts: yes
-- definition: visits by the time between their first and last signal inside.
-- bias: as dwell.
-- source: Footfall's own definition
SELECT '' AS series, bins.name AS cell, count(told.token) AS value, count(DISTINCT told.token) AS group_size
FROM (
    SELECT 0 AS place, 'under 5 min' AS name, 0 AS from_s, 300 AS to_s
    UNION ALL SELECT 1, '5 to 10 min', 300, 600
    UNION ALL SELECT 2, '10 to 20 min', 600, 1200
    UNION ALL SELECT 3, '20 to 30 min', 1200, 1800
    UNION ALL SELECT 4, '30 to 60 min', 1800, 3600
    UNION ALL SELECT 5, 'over an hour', 3600, 1000000
) AS bins
LEFT JOIN told_visits AS told ON told.dwell_s >= bins.from_s AND told.dwell_s < bins.to_s
GROUP BY bins.place, bins.name
ORDER BY bins.place
