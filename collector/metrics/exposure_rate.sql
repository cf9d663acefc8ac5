-- name: exposure_rate
-- title: Exposure rate by zone (panel)
-- unit: share of visitors
-- people: yes
-- rests_on: zone_visitors not_in_zone visitors
-- interval: share
-- definition: visitors of the zone / visitors of the site.
-- bias: as zone_visitors.
-- source: Footfall's own definition
SELECT
    '' AS series, z.zone AS cell,
    count(DISTINCT s.token) / (1.0 * w.visitors) AS value,
    least(count(DISTINCT s.token), w.visitors - count(DISTINCT s.token)) AS group_size,
    w.visitors AS of
FROM (SELECT DISTINCT zone FROM zones) AS z
CROSS JOIN (SELECT nullif(count(DISTINCT token), 0) AS visitors FROM visits WHERE outcome = 'visit') AS w
LEFT JOIN zone_stays AS s ON s.zone = z.zone
GROUP BY z.zone, w.visitors
ORDER BY z.zone
