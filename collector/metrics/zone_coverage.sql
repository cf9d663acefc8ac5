-- name: zone_coverage
-- title: Coverage by zone
-- unit: share of sensor time
-- people: no
-- definition: sensor time heard / sensor time planned, of the sensors of each zone (all the time of the question, or its
--   opening hours where the site has any). 0: nobody listened there, so nothing is known of the zone.
-- bias: as coverage; a sensor that came into its zone late counts as planned for the whole time.
-- source: Footfall's own definition
SELECT
    '' AS series, planned.zone AS cell,
    least(1.0, coalesce(heard.ms, 0) / (1.0 * greatest(1, planned.sensors * place.planned_ms / place.sensors))) AS value,
    NULL AS group_size
FROM (SELECT zone, count(DISTINCT sensor) AS sensors FROM zones GROUP BY zone) AS planned
CROSS JOIN place
LEFT JOIN (
    SELECT
        z.zone,
        sum(least(w.start_ms + w.length_ms, o.end_ms) - greatest(w.start_ms, o.start_ms)) AS ms
    FROM windows AS w
    JOIN zones AS z ON z.sensor = w.sensor
    JOIN opening AS o ON w.start_ms < o.end_ms AND w.start_ms + w.length_ms > o.start_ms
    GROUP BY z.zone
) AS heard ON heard.zone = planned.zone
ORDER BY planned.zone
