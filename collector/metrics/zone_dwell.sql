-- name: zone_dwell
-- title: Dwell by zone (panel)
-- unit: s
-- people: yes
-- rests_on: zone_visitors
-- definition: time from the first signal that a zone hears loudest to the first that another zone does, or to the last of the
--   visit: mean and median over such stays.
-- bias: as zone_visitors; a phone that is heard once a minute blurs each change of zone by as much.
-- source: Footfall's own definition
SELECT
    z.zone AS series, k.cell,
    CASE
        WHEN k.cell = 'mean' THEN sum(s.end_ms - s.start_ms) / (1000.0 * count(s.token))
        ELSE percentile_cont(0.5) WITHIN GROUP (ORDER BY (s.end_ms - s.start_ms) / 1000.0)
    END AS value,
    count(DISTINCT s.token) AS group_size
FROM (SELECT DISTINCT zone FROM zones) AS z
CROSS JOIN (SELECT 'mean' AS cell UNION ALL SELECT 'median') AS k
LEFT JOIN zone_stays AS s ON s.zone = z.zone
GROUP BY z.zone, k.cell
ORDER BY z.zone, k.cell
