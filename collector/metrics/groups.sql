-- name: groups
-- definition: who is in which cell, and when: what is compared before two answers whose times overlap are both given.
-- inputs: visits, history, dwells, zone_stays, elsewhere, ways, hours, windows, opening, days, place
SELECT 'devices_seen' AS metric, 'all' AS cell, token, start_ms FROM visits
UNION ALL
SELECT 'panel', 'all', token, start_ms FROM visits WHERE panel AND outcome <> 'noise'
UNION ALL
SELECT 'passers_by', 'all', token, start_ms FROM visits WHERE outcome = 'passer_by'
UNION ALL
SELECT 'visitors', 'all', token, start_ms FROM dwells
UNION ALL
SELECT 'noise_devices', reason, token, start_ms FROM visits WHERE outcome = 'noise'
UNION ALL
SELECT 'bounce_rate', CASE WHEN dwell_ms < bounce_ms THEN 'yes' ELSE 'no' END, token, start_ms
FROM dwells CROSS JOIN place
UNION ALL
SELECT 'engaged_rate', CASE WHEN dwell_ms >= engaged_ms THEN 'yes' ELSE 'no' END, token, start_ms
FROM dwells CROSS JOIN place
UNION ALL
SELECT
    'dwell_histogram',
    CASE
        WHEN dwell_s < 300 THEN 'under 5 min'
        WHEN dwell_s < 600 THEN '5 to 10 min'
        WHEN dwell_s < 1200 THEN '10 to 20 min'
        WHEN dwell_s < 1800 THEN '20 to 30 min'
        WHEN dwell_s < 3600 THEN '30 to 60 min'
        ELSE 'over an hour'
    END,
    token, start_ms
FROM dwells
UNION ALL
SELECT 'new_visitors', 'all', token, start_ms FROM history WHERE asked AND number = 1
UNION ALL
SELECT 'returning_visitors', 'all', token, start_ms FROM history WHERE asked AND number > 1
UNION ALL
SELECT 'loyal_share', 'all', token, start_ms FROM history WHERE asked AND number > 2
UNION ALL
SELECT 'zone_visitors', zone, token, visit_start_ms FROM zone_stays
UNION ALL
SELECT 'not_in_zone', o.zone, d.token, d.start_ms
FROM (SELECT DISTINCT zone FROM zone_stays) AS o
CROSS JOIN dwells AS d
LEFT JOIN (SELECT DISTINCT zone, token FROM zone_stays) AS z ON z.zone = o.zone AND z.token = d.token
WHERE z.token IS NULL
UNION ALL
SELECT 'one_zone', concat(o.zone, ' > ', t.zone), o.token, o.visit_start_ms
FROM (SELECT DISTINCT zone, token, visit_start_ms FROM zone_stays) AS o
CROSS JOIN (SELECT DISTINCT zone FROM zone_stays) AS t
LEFT JOIN (SELECT DISTINCT zone, token FROM zone_stays) AS z ON z.zone = t.zone AND z.token = o.token
WHERE z.token IS NULL AND t.zone <> o.zone
UNION ALL
SELECT 'came_once', 'all', token, max(start_ms) FROM history WHERE asked GROUP BY token HAVING max(number) = 1
UNION ALL
SELECT 'came_twice', 'all', token, max(start_ms) FROM history WHERE asked GROUP BY token HAVING max(number) = 2
UNION ALL
SELECT 'zone_intersections', concat(one.zone, ' > ', other.zone), one.token, one.visit_start_ms
FROM (SELECT DISTINCT zone, token, visit_start_ms FROM zone_stays) AS one
JOIN (SELECT DISTINCT zone, token, visit_start_ms FROM zone_stays) AS other
    ON other.token = one.token AND other.visit_start_ms = one.visit_start_ms AND other.zone > one.zone
UNION ALL
SELECT 'intersections', e.site, d.token, d.start_ms
FROM (SELECT DISTINCT site, token FROM elsewhere WHERE here) AS e
JOIN dwells AS d ON d.token = e.token
UNION ALL
SELECT 'only_here', t.site, d.token, d.start_ms
FROM (SELECT DISTINCT site FROM elsewhere WHERE NOT here) AS t
CROSS JOIN dwells AS d
LEFT JOIN (SELECT DISTINCT site, token FROM elsewhere WHERE here) AS e ON e.site = t.site AND e.token = d.token
WHERE e.token IS NULL
UNION ALL
-- Who was there before this site opened, or after it closed, is told with the day: as if at its first or last moment heard.
SELECT
    'only_there', e.site, e.token, greatest(coalesce(o.first_ms, e.start_ms), least(coalesce(o.last_ms, e.start_ms), e.start_ms))
FROM elsewhere AS e
JOIN days AS d ON e.start_ms >= d.start_ms AND e.start_ms < d.end_ms
LEFT JOIN (
    SELECT d.name, min(greatest(h.first_ms, o.start_ms)) AS first_ms, max(least(h.last_ms, o.end_ms - 1)) AS last_ms
    FROM (SELECT hour, min(start_ms) AS first_ms, max(start_ms) AS last_ms FROM windows GROUP BY hour) AS h
    JOIN opening AS o ON h.first_ms < o.end_ms AND h.last_ms >= o.start_ms
    JOIN days AS d ON h.first_ms >= d.start_ms AND h.first_ms < d.end_ms
    GROUP BY d.name
) AS o ON o.name = d.name
WHERE NOT e.here
UNION ALL
SELECT 'routes', cell, token, start_ms FROM ways
UNION ALL
SELECT 'profile', lpad(CAST(h.hour_of_day AS VARCHAR), 2, '0'), d.token, d.start_ms
FROM dwells AS d JOIN hours AS h ON d.start_ms >= h.start_ms AND d.start_ms < h.end_ms
UNION ALL
SELECT 'profile', CAST(h.weekday AS VARCHAR), d.token, d.start_ms
FROM dwells AS d JOIN hours AS h ON d.start_ms >= h.start_ms AND d.start_ms < h.end_ms
