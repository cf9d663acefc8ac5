-- name: fold
-- definition: sightings of one business day, ordered by time, become stays: a device at a site until it has been silent for
--   the site's gap (visit_gap_s). A stay of the panel is a visit (inside for at least visit_min) or that of a passer_by; a stay
--   outside the panel is unlinked, because the next address of the same phone cannot be told from another phone's.
-- panel: globally administered addresses and associated stations: their addresses last, whatever their owner does. A
--   randomised address that happened to last is left out: it would be counted only if it stayed long.
-- noise, by reason: no_signal (the capture knows no RSSI), weak (below seen_dbm), fixed (heard in fixed_h different hours
--   of the day or more), closed (outside opening hours).
-- flagged: sightings of times that are flagged as spoofed or saturated air are not among these; the report names the times.
-- inputs: sightings, places (a row a site), opening (site, start_ms, end_ms)
WITH heard AS (
    SELECT
        s.site, s.sensor, s.token, s.first_ms, s.last_ms, s.frames, s.rssi_max_dbm, s.randomised, s.associated,
        p.seen_dbm, p.inside_dbm, p.visit_min_ms, p.visit_gap_ms, p.fixed_h,
        max(s.last_ms) OVER (
            PARTITION BY s.site, s.token ORDER BY s.first_ms, s.last_ms, s.sensor
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS silent_since_ms
    FROM sightings AS s
    JOIN places AS p ON p.site = s.site
),
numbered AS (
    SELECT
        heard.*,
        sum(CASE WHEN silent_since_ms IS NULL OR first_ms - silent_since_ms > visit_gap_ms THEN 1 ELSE 0 END) OVER (
            PARTITION BY site, token ORDER BY first_ms, last_ms, sensor
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS stay
    FROM heard
),
stays AS (
    SELECT
        site, token, stay,
        min(first_ms) AS start_ms,
        max(last_ms) AS end_ms,
        min(CASE WHEN rssi_max_dbm >= inside_dbm THEN first_ms END) AS inside_start_ms,
        max(CASE WHEN rssi_max_dbm >= inside_dbm THEN last_ms END) AS inside_end_ms,
        sum(frames) AS frames,
        max(rssi_max_dbm) AS rssi_max_dbm,
        max(CASE WHEN randomised THEN 1 ELSE 0 END) AS randomised,
        max(CASE WHEN associated THEN 1 ELSE 0 END) AS associated,
        max(seen_dbm) AS seen_dbm,
        max(visit_min_ms) AS visit_min_ms,
        max(fixed_h) AS fixed_h
    FROM numbered
    GROUP BY site, token, stay
),
presence AS (
    SELECT site, token, count(DISTINCT floor(first_ms / 3600000)) AS hours
    FROM heard
    GROUP BY site, token
),
judged AS (
    SELECT
        stays.*,
        randomised = 0 OR associated = 1 AS panel,
        CASE
            WHEN rssi_max_dbm IS NULL THEN 'no_signal'
            WHEN rssi_max_dbm < seen_dbm THEN 'weak'
            WHEN presence.hours >= fixed_h THEN 'fixed'
            WHEN NOT EXISTS (
                SELECT 1 FROM opening AS o
                WHERE o.site = stays.site AND stays.start_ms < o.end_ms AND stays.end_ms >= o.start_ms
            ) THEN 'closed'
        END AS reason
    FROM stays
    JOIN presence ON presence.site = stays.site AND presence.token = stays.token
)
SELECT
    site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, frames, rssi_max_dbm,
    randomised = 1 AS randomised,
    associated = 1 AS associated,
    panel,
    CASE
        WHEN reason IS NOT NULL THEN 'noise'
        WHEN NOT panel THEN 'unlinked'
        WHEN inside_end_ms - inside_start_ms >= visit_min_ms THEN 'visit'
        ELSE 'passer_by'
    END AS outcome,
    reason
FROM judged
ORDER BY site, start_ms, token
