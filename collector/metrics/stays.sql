-- name: stays
-- definition: what was heard of a device at a site, ordered by time, is one stay until the device has been silent for longer
--   than the site's gap (visit_gap_s). Stays that have been made already may be among the input: to make stays of stays and
--   of what came since gives the same as to make them of everything at once.
-- spans: a device whose pieces all begin within the gap has one stay, whatever else there is; most have. Only of the others
--   is there anything to be ordered by time: what begins within one stretch of the gap's length is put together first.
-- inputs: heard (day, site, token, start_ms, end_ms, ...), places (a row a site)
WITH spans AS (
    SELECT
        h.day, h.site, h.token,
        min(h.start_ms) AS start_ms,
        max(h.end_ms) AS end_ms,
        min(h.inside_start_ms) AS inside_start_ms,
        max(h.inside_end_ms) AS inside_end_ms,
        CAST(sum(h.frames) AS BIGINT) AS frames,
        max(h.rssi_max_dbm) AS rssi_max_dbm,
        bool_or(h.randomised) AS randomised,
        bool_or(h.associated) AS associated,
        bit_or(h.hours) AS hours,
        bit_or(h.inside_slots) AS inside_slots,
        min(h.model_class) AS model_class,
        max(h.start_ms) AS last_start_ms
    FROM heard AS h
    GROUP BY h.day, h.site, h.token
),
told AS (
    SELECT spans.*, last_start_ms - start_ms <= p.visit_gap_ms AS one
    FROM spans
    JOIN places AS p ON p.site = spans.site
),
others AS (
    SELECT DISTINCT day, site, token FROM told WHERE NOT one
),
pieces AS (
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
    WHERE EXISTS (SELECT 1 FROM others AS o WHERE o.day = h.day AND o.site = h.site AND o.token = h.token)
    GROUP BY h.day, h.site, h.token, floor(h.start_ms / greatest(p.visit_gap_ms, 1))
),
ordered AS (
    SELECT
        pieces.*,
        max(end_ms) OVER (
            PARTITION BY day, site, token ORDER BY start_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS silent_since_ms
    FROM pieces
),
numbered AS (
    SELECT
        ordered.*,
        sum(CASE WHEN silent_since_ms IS NULL OR start_ms - silent_since_ms > visit_gap_ms THEN 1 ELSE 0 END) OVER (
            PARTITION BY day, site, token ORDER BY start_ms
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS stay
    FROM ordered
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
UNION ALL
SELECT
    day, site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, frames, rssi_max_dbm, randomised, associated, hours,
    inside_slots, model_class
FROM told
WHERE one
