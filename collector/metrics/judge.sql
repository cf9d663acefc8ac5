-- name: judge
-- definition: a stay of the panel is a visit (inside for at least visit_min) or that of a passer_by; a stay outside the panel is
--   unlinked, because the next address of the same phone cannot be told from another phone's.
-- panel: globally administered addresses and associated stations: their addresses last, whatever their owner does. A
--   randomised address that happened to last is left out: it would be counted only if it stayed long.
-- noise, by reason: no_signal (the capture knows no RSSI), weak (below seen_dbm), fixed (heard in fixed_h different hours
--   of the day or more), closed (outside opening hours).
-- inputs: stays (of any days), places (a row a site), opening (site, start_ms, end_ms)
WITH presence AS (
    SELECT day, site, token, bit_count(bit_or(hours)) AS hours_heard
    FROM stays
    GROUP BY day, site, token
),
judged AS (
    SELECT
        stays.*,
        NOT randomised OR associated AS panel,
        p.visit_min_ms,
        CASE
            WHEN rssi_max_dbm IS NULL THEN 'no_signal'
            WHEN rssi_max_dbm < p.seen_dbm THEN 'weak'
            WHEN presence.hours_heard >= p.fixed_h THEN 'fixed'
            WHEN NOT EXISTS (
                SELECT 1 FROM opening AS o
                WHERE o.site = stays.site AND stays.start_ms < o.end_ms AND stays.end_ms >= o.start_ms
            ) THEN 'closed'
        END AS reason
    FROM stays
    JOIN presence ON presence.day = stays.day AND presence.site = stays.site AND presence.token = stays.token
    JOIN places AS p ON p.site = stays.site
)
SELECT
    site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, frames, rssi_max_dbm, randomised, associated, panel,
    CASE
        WHEN reason IS NOT NULL THEN 'noise'
        WHEN NOT panel THEN 'unlinked'
        WHEN inside_end_ms - inside_start_ms >= visit_min_ms THEN 'visit'
        ELSE 'passer_by'
    END AS outcome,
    reason
FROM judged
