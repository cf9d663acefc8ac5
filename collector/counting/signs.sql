-- name: signs
-- definition: what a site shows of people in each ten minutes, at each level, each weighed with the share of the ten minutes
--   that it was there. lasting_devices: addresses that last (globally administered, or associated), heard in two
--   half-minutes or more, or before and after as well; there from its first signal to its last, or from the beginning or to
--   the end where it goes on in the ten minutes beside. phones: of each model class among randomised addresses one, and
--   one more for every ten scans; a scan is a class heard in one slot of ten seconds, slots that hold two are allowed for
--   (Poisson). A phone scans every few minutes, so it is there for two minutes more on either side. What is never as loud
--   as the level and 5 dB more, in these ten minutes and those beside, stands outside and is no sign. A burst that several
--   sensors hear is counted once, at its loudest.
-- fixed: a lasting address that is heard while the place is quiet (no randomised scan at that level, two lasting devices at
--   most) in six windows of the day or more is a device that stands there: it is left out of the whole day.
-- numbers are written 6e5: 600000.0 is a decimal, which Spark divides with fewer digits.
-- inputs: marks (of whole days), levels (level_dbm)
WITH heard AS (
    SELECT
        m.site, l.level_dbm, m.start_ms, m.lasting, m.who,
        bit_or(m.slots) AS slots,
        min(m.first_ms) AS first_ms, max(m.last_ms) AS last_ms, max(m.loudest_dbm) AS loudest_dbm
    FROM marks AS m
    JOIN levels AS l ON l.level_dbm <= m.rung_dbm
    GROUP BY m.site, l.level_dbm, m.start_ms, m.lasting, m.who
),
devices AS (
    SELECT
        site, level_dbm, start_ms, who AS token, first_ms, last_ms, loudest_dbm,
        -- three slots make a half-minute: the lowest bit of each three is set where one of them is
        bit_count((slots | (slots >> 1) | (slots >> 2)) & 164703072086692425) AS half_minutes
    FROM heard
    WHERE lasting
),
classes AS (
    SELECT
        site, level_dbm, start_ms, who AS model_class, first_ms, last_ms, loudest_dbm,
        bit_count(slots) AS slots
    FROM heard
    WHERE NOT lasting
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
stays AS (
    SELECT
        *,
        coalesce(lag(start_ms) OVER of_one = start_ms - 600000, FALSE) AS before,
        coalesce(lead(start_ms) OVER of_one = start_ms + 600000, FALSE) AS after,
        max(loudest_dbm) OVER (
            PARTITION BY site, level_dbm, token ORDER BY start_ms RANGE BETWEEN 600000 PRECEDING AND 600000 FOLLOWING
        ) AS loudest_near_dbm
    FROM devices
    WINDOW of_one AS (PARTITION BY site, level_dbm, token ORDER BY start_ms)
),
of_devices AS (
    SELECT
        s.site, s.level_dbm, s.start_ms,
        sum((CASE WHEN after THEN 600000 ELSE last_ms END - CASE WHEN before THEN 0 ELSE first_ms END) / 6e5)
            AS lasting_devices
    FROM stays AS s
    LEFT JOIN fixed AS f ON f.site = s.site AND f.level_dbm = s.level_dbm AND f.token = s.token
    WHERE f.token IS NULL AND (half_minutes >= 2 OR before AND after) AND loudest_near_dbm >= s.level_dbm + 5
    GROUP BY s.site, s.level_dbm, s.start_ms
),
scanning AS (
    SELECT
        *,
        coalesce(lag(start_ms) OVER of_one = start_ms - 600000, FALSE) AS before,
        coalesce(lead(start_ms) OVER of_one = start_ms + 600000, FALSE) AS after,
        max(loudest_dbm) OVER (
            PARTITION BY site, level_dbm, model_class
            ORDER BY start_ms RANGE BETWEEN 600000 PRECEDING AND 600000 FOLLOWING
        ) AS loudest_near_dbm
    FROM classes
    WINDOW of_one AS (PARTITION BY site, level_dbm, model_class ORDER BY start_ms)
),
of_classes AS (
    SELECT
        site, level_dbm, start_ms,
        sum(
            greatest(1e0, -6e1 * ln(1e0 - least(slots, 5.95e1) / 6e1) / 1e1) * (
                CASE WHEN after THEN 600000 ELSE least(600000, last_ms + 120000) END
                - CASE WHEN before THEN 0 ELSE greatest(0, first_ms - 120000) END
            ) / 6e5
        ) AS phones
    FROM scanning
    WHERE loudest_near_dbm >= level_dbm + 5
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
