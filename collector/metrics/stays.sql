-- name: stays
-- definition: what was heard of a device at a site, ordered by time, is one stay until the device has been silent for longer
--   than the site's gap (visit_gap_s). Stays that have been made already may be among the input: to make stays of stays and
--   of what came since gives the same as to make them of everything at once.
-- pieces: what begins within one stretch of the gap's length belongs together whatever else there is; putting it together
--   first leaves a third of the rows, and only tokens of several pieces have anything to be ordered by time.
-- inputs: heard (day, site, token, start_ms, end_ms, ...), places (a row a site)
WITH pieces AS (
    SELECT
        h.day, h.site, h.token,
        min(h.start_ms) AS start_ms,
        max(h.end_ms) AS end_ms,
        min(h.inside_start_ms) AS inside_start_ms,
        max(h.inside_end_ms) AS inside_end_ms,
        sum(h.frames) AS frames,
        max(h.rssi_max_dbm) AS rssi_max_dbm,
        bool_or(h.randomised) AS randomised,
        bool_or(h.associated) AS associated,
        bit_or(h.hours) AS hours,
        bit_or(h.inside_slots) AS inside_slots,
        min(h.model_class) AS model_class,
        max(p.visit_gap_ms) AS visit_gap_ms
    FROM heard AS h
    JOIN places AS p ON p.site = h.site
    GROUP BY h.day, h.site, h.token, floor(h.start_ms / greatest(p.visit_gap_ms, 1))
),
several AS (
    SELECT day, site, token FROM pieces GROUP BY day, site, token HAVING count(*) > 1
),
ordered AS (
    SELECT
        pieces.*,
        max(end_ms) OVER (
            PARTITION BY day, site, token ORDER BY start_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS silent_since_ms
    FROM pieces
    WHERE EXISTS (
        SELECT 1 FROM several AS m WHERE m.day = pieces.day AND m.site = pieces.site AND m.token = pieces.token
    )
),
numbered AS (
    SELECT
        ordered.*,
        sum(CASE WHEN silent_since_ms IS NULL OR start_ms - silent_since_ms > visit_gap_ms THEN 1 ELSE 0 END) OVER (
            PARTITION BY day, site, token ORDER BY start_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS stay
    FROM ordered
    UNION ALL
    SELECT pieces.*, CAST(NULL AS BIGINT) AS silent_since_ms, 1 AS stay
    FROM pieces
    WHERE NOT EXISTS (
        SELECT 1 FROM several AS m WHERE m.day = pieces.day AND m.site = pieces.site AND m.token = pieces.token
    )
)
SELECT
    day, site, token,
    min(start_ms) AS start_ms,
    max(end_ms) AS end_ms,
    min(inside_start_ms) AS inside_start_ms,
    max(inside_end_ms) AS inside_end_ms,
    CAST(sum(frames) AS BIGINT) AS frames,
    max(rssi_max_dbm) AS rssi_max_dbm,
    bool_or(randomised) AS randomised,
    bool_or(associated) AS associated,
    bit_or(hours) AS hours,
    bit_or(inside_slots) AS inside_slots,
    min(model_class) AS model_class
FROM numbered
GROUP BY day, site, token, stay
