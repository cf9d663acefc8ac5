-- name: zone_stays
-- definition: where in a site a visitor was, from zone to zone: in each half-minute the zone whose sensor heard the device loudest;
--   half-minutes of one zone that follow each other within a visit are one stay. It lasts to the first signal that the next
--   zone hears loudest, the last one of a visit to its last signal.
-- inputs: steps (site, sensor, token, first_ms, last_ms, rssi_max_dbm), kept_zones, zones (sensor, zone), visits, place
WITH heard AS (
    SELECT s.site, s.token, z.zone, floor(s.first_ms / 30000) AS slot, s.first_ms, s.last_ms, s.rssi_max_dbm
    FROM steps AS s
    JOIN place AS p ON p.site = s.site
    JOIN zones AS z ON z.sensor = s.sensor
),
loudest AS (
    SELECT
        site, token, zone, first_ms, last_ms,
        row_number() OVER (PARTITION BY site, token, slot ORDER BY rssi_max_dbm DESC, first_ms, zone) AS place
    FROM heard
),
within_visit AS (
    SELECT l.site, l.token, l.zone, l.first_ms, l.last_ms, v.start_ms AS visit_start_ms
    FROM loudest AS l
    JOIN visits AS v ON v.site = l.site AND v.token = l.token AND l.first_ms >= v.inside_start_ms AND l.first_ms <= v.inside_end_ms
    WHERE l.place = 1 AND v.outcome = 'visit'
),
changed AS (
    SELECT
        within_visit.*,
        CASE WHEN zone = lag(zone) OVER (PARTITION BY site, token, visit_start_ms ORDER BY first_ms) THEN 0 ELSE 1 END AS begins
    FROM within_visit
),
numbered AS (
    SELECT
        changed.*,
        sum(begins) OVER (
            PARTITION BY site, token, visit_start_ms ORDER BY first_ms ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS stay
    FROM changed
),
stayed AS (
    SELECT site, token, zone, visit_start_ms, stay, min(first_ms) AS start_ms, max(last_ms) AS last_ms
    FROM numbered
    GROUP BY site, token, zone, visit_start_ms, stay
)
SELECT
    site, token, zone, visit_start_ms, start_ms,
    coalesce(lead(start_ms) OVER (PARTITION BY site, token, visit_start_ms ORDER BY start_ms), last_ms) AS end_ms
FROM stayed
UNION ALL
SELECT k.site, k.token, k.zone, k.visit_start_ms, k.start_ms, k.end_ms
FROM kept_zones AS k
JOIN place AS p ON p.site = k.site
JOIN visits AS v ON v.site = k.site AND v.token = k.token AND v.start_ms = k.visit_start_ms
WHERE v.outcome = 'visit'
