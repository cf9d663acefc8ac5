-- name: zone_stays
-- definition: where in a site a visitor was, from zone to zone. In each half-minute in which a device was heard (a look), a zone's
--   level is that of its loudest sensor below the loudest of all, by 12 dB at most, and so where no sensor of the zone
--   heard it. A level is the mean of the looks within a minute before and after; the zone is the one with the highest. Looks of one
--   zone that follow each other within a visit are one stay. It lasts to the first signal of the next zone's, the last one of a
--   visit to its last signal.
-- hysteresis: a zone takes over where its mean level is 2 dB above that of the next best; until then, and before the first such
--   look, the device is where it clearly was. The clearest look of a visit counts, however close it is.
-- parameters: a minute each way, and 2 dB, were chosen on simulated days of straight ways and of wandering (docs/accuracy.md): a phone
--   is heard 0.65 times a minute (measured), so a mean is of one to three looks; levels of one place are taken to spread by 6 dB
--   indoors (chosen; 9 to 15 dB were measured outdoors, RSS hybrid). 12 dB is chosen: what one sensor missed on its own
--   channel must not outweigh what others heard.
-- inputs: steps (site, sensor, token, first_ms, last_ms, rssi_max_dbm), kept_zones, zones (sensor, zone), visits, place
WITH heard AS (
    SELECT
        s.site, s.token, v.start_ms AS visit_start_ms, floor(s.first_ms / 30000) AS slot, z.zone,
        min(s.first_ms) AS first_ms, max(s.last_ms) AS last_ms, CAST(max(s.rssi_max_dbm) AS INTEGER) AS level_dbm
    FROM steps AS s
    JOIN place AS p ON p.site = s.site
    JOIN zones AS z ON z.sensor = s.sensor
    JOIN visits AS v ON v.site = s.site AND v.token = s.token AND s.first_ms >= v.inside_start_ms AND s.first_ms <= v.inside_end_ms
    WHERE v.outcome = 'visit'
    GROUP BY s.site, s.token, v.start_ms, floor(s.first_ms / 30000), z.zone
),
looks AS (
    SELECT
        site, token, visit_start_ms, slot,
        min(first_ms) AS first_ms, max(last_ms) AS last_ms, max(level_dbm) AS loudest_dbm
    FROM heard
    GROUP BY site, token, visit_start_ms, slot
),
levels AS (
    SELECT l.*, z.zone, greatest(coalesce(h.level_dbm - l.loudest_dbm, -12), -12) AS level_db
    FROM looks AS l
    JOIN (SELECT DISTINCT site, token, visit_start_ms, zone FROM heard) AS z
        ON z.site = l.site AND z.token = l.token AND z.visit_start_ms = l.visit_start_ms
    LEFT JOIN heard AS h
        ON h.site = l.site AND h.token = l.token AND h.visit_start_ms = l.visit_start_ms AND h.slot = l.slot AND h.zone = z.zone
),
smooth AS (
    SELECT levels.*, sum(level_db) OVER around AS sum_db, count(*) OVER around AS looks
    FROM levels
    WINDOW around AS (
        PARTITION BY site, token, visit_start_ms, zone ORDER BY first_ms RANGE BETWEEN 60000 PRECEDING AND 60000 FOLLOWING
    )
),
ranked AS (
    SELECT
        smooth.*,
        row_number() OVER best AS place,
        sum_db - lead(sum_db) OVER best AS ahead_db
    FROM smooth
    WINDOW best AS (PARTITION BY site, token, visit_start_ms, slot ORDER BY sum_db DESC, level_db DESC, zone)
),
judged AS (
    SELECT
        site, token, visit_start_ms, zone, first_ms, last_ms,
        CASE
            WHEN ahead_db IS NULL OR ahead_db >= 2 * looks OR row_number() OVER (
                PARTITION BY site, token, visit_start_ms ORDER BY ahead_db / (1.0 * looks) DESC, first_ms
            ) = 1 THEN first_ms
        END AS clear_ms
    FROM ranked
    WHERE place = 1
),
since AS (
    SELECT
        judged.*,
        coalesce(
            max(clear_ms) OVER (
                PARTITION BY site, token, visit_start_ms ORDER BY first_ms ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ),
            min(clear_ms) OVER (PARTITION BY site, token, visit_start_ms)
        ) AS since_ms
    FROM judged
),
within_visit AS (
    SELECT
        site, token, visit_start_ms, first_ms, last_ms,
        max(CASE WHEN clear_ms IS NOT NULL THEN zone END) OVER (PARTITION BY site, token, visit_start_ms, since_ms) AS zone
    FROM since
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
