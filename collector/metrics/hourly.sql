-- name: hourly
-- title: Hour by hour
-- unit: tokens, or devices of the panel
-- people: yes
-- rests_on: hourly
-- counts: yes
-- parts: day
-- definition: by the hour in which a stay begins: visitors and passers-by of the panel, and all distinct addresses. An hour
--   without any window from a sensor has no value: a gap is not a zero.
-- bias: as visitors, passers_by and devices_seen.
-- source: Footfall's own definition
WITH stays AS (
    SELECT
        v.hour AS name, v.token,
        max(CASE WHEN v.outcome = 'visit' THEN 1 ELSE 0 END) AS visitor,
        max(CASE WHEN v.outcome = 'passer_by' THEN 1 ELSE 0 END) AS passer
    FROM visits AS v
    GROUP BY v.hour, v.token
),
counted AS (
    SELECT 0 AS place, 'visitors' AS series, name, sum(visitor) AS tokens FROM stays GROUP BY name
    UNION ALL
    SELECT 1, 'passers_by', name, sum(CASE WHEN visitor = 0 THEN passer ELSE 0 END) FROM stays GROUP BY name
    UNION ALL
    SELECT 2, 'devices_seen', name, count(*) FROM stays GROUP BY name
),
all_series AS (
    SELECT 0 AS place, 'visitors' AS series
    UNION ALL SELECT 1, 'passers_by'
    UNION ALL SELECT 2, 'devices_seen'
)
SELECT
    all_series.series, heard.name AS cell,
    CASE WHEN heard.windows > 0 THEN coalesce(counted.tokens, 0) END AS value,
    CASE WHEN heard.windows > 0 THEN coalesce(counted.tokens, 0) END AS group_size
FROM heard_hours AS heard
CROSS JOIN all_series
LEFT JOIN counted ON counted.name = heard.name AND counted.series = all_series.series
ORDER BY all_series.place, heard.start_ms
