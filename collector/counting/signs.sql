-- name: signs
-- definition: what a site shows of people in each ten minutes, at each level. lasting_devices: addresses that last (globally
--   administered, or associated) and that were heard in two half-minutes or more; one that was heard in one half of the
--   ten minutes only counts for a half. phones: of each model class among randomised addresses one, and one more for
--   every ten scans. A scan is a class heard in one slot of ten seconds; slots that hold two are allowed for (Poisson).
--   A burst that several sensors hear is counted once, at its loudest.
-- fixed: a lasting address that is heard while the place is quiet (no randomised scan at that level, two lasting devices at
--   most) in six windows of the day or more is a device that stands there: it is left out of the whole day.
-- inputs: sightings (of whole days), levels (level_dbm)
WITH heard AS (
    SELECT
        s.site, l.level_dbm, s.token, s.model_class,
        s.first_ms - s.first_ms % 600000 AS start_ms,
        CAST(floor(s.first_ms / 30000) AS BIGINT) AS half_minute,
        CAST(floor(s.first_ms / 10000) AS BIGINT) AS slot,
        NOT s.randomised OR s.associated AS lasting
    FROM sightings AS s
    JOIN levels AS l ON s.rssi_max_dbm >= l.level_dbm
),
devices AS (
    SELECT
        site, level_dbm, start_ms, token,
        count(DISTINCT half_minute) AS half_minutes,
        count(DISTINCT floor(half_minute / 10)) AS halves
    FROM heard
    WHERE lasting
    GROUP BY site, level_dbm, start_ms, token
),
classes AS (
    SELECT site, level_dbm, start_ms, model_class, count(DISTINCT slot) AS slots
    FROM heard
    WHERE NOT lasting
    GROUP BY site, level_dbm, start_ms, model_class
),
alone AS (
    SELECT d.site, d.level_dbm, d.start_ms
    FROM devices AS d
    LEFT JOIN classes AS c ON c.site = d.site AND c.level_dbm = d.level_dbm AND c.start_ms = d.start_ms
    WHERE c.site IS NULL
    GROUP BY d.site, d.level_dbm, d.start_ms
    HAVING count(DISTINCT d.token) <= 2
),
fixed AS (
    SELECT d.site, d.level_dbm, d.token
    FROM devices AS d
    JOIN alone AS a ON a.site = d.site AND a.level_dbm = d.level_dbm AND a.start_ms = d.start_ms
    GROUP BY d.site, d.level_dbm, d.token
    HAVING count(*) >= 6
),
of_devices AS (
    SELECT d.site, d.level_dbm, d.start_ms, sum(d.halves / 2.0) AS lasting_devices
    FROM devices AS d
    LEFT JOIN fixed AS f ON f.site = d.site AND f.level_dbm = d.level_dbm AND f.token = d.token
    WHERE f.token IS NULL AND d.half_minutes >= 2
    GROUP BY d.site, d.level_dbm, d.start_ms
),
of_classes AS (
    SELECT
        site, level_dbm, start_ms,
        sum(greatest(1.0, -60.0 * ln(1.0 - least(slots, 59.5) / 60.0) / 10.0)) AS phones
    FROM classes
    GROUP BY site, level_dbm, start_ms
),
cells AS (
    SELECT site, level_dbm, start_ms FROM of_devices
    UNION
    SELECT site, level_dbm, start_ms FROM of_classes
)
SELECT
    cells.site, cells.level_dbm, cells.start_ms,
    cells.start_ms + 600000 AS end_ms,
    CAST(coalesce(d.lasting_devices, 0) AS DOUBLE) AS lasting_devices,
    CAST(coalesce(c.phones, 0) AS DOUBLE) AS phones
FROM cells
LEFT JOIN of_devices AS d ON d.site = cells.site AND d.level_dbm = cells.level_dbm AND d.start_ms = cells.start_ms
LEFT JOIN of_classes AS c ON c.site = cells.site AND c.level_dbm = cells.level_dbm AND c.start_ms = cells.start_ms
ORDER BY cells.site, cells.level_dbm, cells.start_ms
