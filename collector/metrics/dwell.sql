-- name: dwell
-- title: Dwell (panel)
-- unit: s
-- people: yes
-- definition: time between the first and the last signal inside of a visit: mean, median and 90th percentile.
-- bias: reads up to two minutes short (a phone is heard once or twice a minute); shorter visits are not in it. A fixed
--   device counts until it is known for one, so a day that still runs reads long.
-- source: Footfall's own definition
SELECT '' AS series, 'mean' AS cell,
    sum(dwell_ms) / (1000.0 * count(*)) AS value, -- of whole milliseconds: the same whatever the order of the rows
    count(DISTINCT token) AS group_size
FROM dwells
UNION ALL
SELECT '', 'median', percentile_cont(0.5) WITHIN GROUP (ORDER BY dwell_s), count(DISTINCT token) FROM dwells
UNION ALL
SELECT '', 'p90', percentile_cont(0.9) WITHIN GROUP (ORDER BY dwell_s), count(DISTINCT token) FROM dwells
