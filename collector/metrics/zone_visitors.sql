-- name: zone_visitors
-- title: Visitors by zone (panel)
-- unit: devices of the panel
-- people: yes
-- rests_on: zone_visitors not_in_zone
-- counts: yes
-- interval: count
-- definition: visitors whom, at least once in a visit, a sensor of the zone heard loudest of all sensors of the site, in the mean
--   of what was heard within a minute before and after, by 2 dB at least (metrics/zone_stays.sql).
-- bias: the loudest sensor is not always the nearest: shelves and bodies weaken signals, and a phone between two zones
--   may count in both. Who is in a zone for less than a minute is mostly not told of. A zone begins when its sensors are put into it; what was heard before has none.
-- source: Footfall's own definition
SELECT
    '' AS series, z.zone AS cell, count(DISTINCT s.token) AS value,
    least(count(DISTINCT s.token), (
        SELECT count(DISTINCT token) FROM visits WHERE outcome = 'visit'
    ) - count(DISTINCT s.token)) AS group_size
FROM (SELECT DISTINCT zone FROM zones) AS z
LEFT JOIN zone_stays AS s ON s.zone = z.zone
GROUP BY z.zone
ORDER BY z.zone
