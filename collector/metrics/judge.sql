-- name: judge
-- definition: a stay of the panel is a visit (inside for at least visit_min) or that of a passer_by; a stay outside the panel is
--   unlinked, because the next address of the same phone cannot be told from another phone's.
-- classifier: a site that has trained one tells visits by it instead of by visit_min: the line of the leaf whose box holds the
--   stay is not below zero. A visit was heard inside at least once, whatever it says.
-- panel: globally administered addresses and associated stations: their addresses last, whatever their owner does. A
--   randomised address that happened to last is left out: it would be counted only if it stayed long.
-- noise, by reason, the first that fits: no_signal (the capture knows no RSSI), weak (below seen_dbm), fixed (heard in fixed_h
--   different hours of the day or more, or in three different hours while closed), staff (heard inside, and in staff_h
--   different hours of the day or more, or inside both when it opens and when it closes, or at one of the two on most
--   days of an epoch, three at least), neighbour (heard in staff_h hours, and never inside), closed (outside opening
--   hours), stray (one frame in the whole day, of a lasting address, hardly above seen_dbm). A single burst of a
--   randomised address is never stray: for most phones it is all there is.
-- looks: half-minutes of a visit in which the device was heard inside, modulo 31 minutes: at most 62.
-- bursts: of a stay outside the panel: 1 where it begins a burst, 0 where another address of the same model class was heard less
--   than burst_ms before (some phones change address within a burst).
-- inputs: stays (of any days), places (a row a site), opening (site, start_ms, end_ms, edge_ms), leaves (of classifiers)
WITH lying AS (
    SELECT
        s.day, s.site, s.token, s.start_ms,
        max(CASE WHEN s.start_ms < o.end_ms AND s.end_ms >= o.start_ms THEN 1 ELSE 0 END) AS opened,
        max(CASE
            WHEN s.inside_start_ms < o.start_ms + o.edge_ms AND s.inside_end_ms >= o.start_ms - o.edge_ms THEN 1 ELSE 0
        END) AS at_opening,
        max(CASE
            WHEN s.inside_start_ms < o.end_ms + o.edge_ms AND s.inside_end_ms >= o.end_ms - o.edge_ms THEN 1 ELSE 0
        END) AS at_closing
    FROM stays AS s
    JOIN opening AS o ON o.site = s.site AND s.start_ms < o.end_ms + o.edge_ms AND s.end_ms >= o.start_ms - o.edge_ms
    GROUP BY s.day, s.site, s.token, s.start_ms
),
placed AS (
    SELECT
        s.*,
        coalesce(lying.opened, 0) AS opened,
        coalesce(lying.at_opening, 0) AS at_opening,
        coalesce(lying.at_closing, 0) AS at_closing
    FROM stays AS s
    LEFT JOIN lying
        ON lying.day = s.day AND lying.site = s.site AND lying.token = s.token AND lying.start_ms = s.start_ms
),
presence AS (
    SELECT
        day, site, token,
        bit_count(bit_or(hours)) AS hours_heard,
        bit_count(bit_or(CASE WHEN opened = 0 THEN hours ELSE 0 END)) AS hours_closed,
        max(rssi_max_dbm) AS loudest_dbm,
        sum(frames) AS frames_heard,
        max(at_opening) AS at_opening,
        max(at_closing) AS at_closing
    FROM placed
    GROUP BY day, site, token
),
habits AS (
    SELECT
        site, token,
        count(*) AS days,
        sum(CASE WHEN at_opening + at_closing > 0 THEN 1 ELSE 0 END) AS edge_days
    FROM presence
    GROUP BY site, token
),
judged AS (
    SELECT
        s.*,
        NOT s.randomised OR s.associated AS panel,
        ln(1 + coalesce(s.inside_end_ms - s.inside_start_ms, 0) / 1000.0) AS log_inside_s,
        ln(1 + (s.end_ms - s.start_ms) / 1000.0) AS log_nearby_s,
        CAST(bit_count(coalesce(s.inside_slots, 0)) AS INTEGER) AS looks,
        p.visit_min_ms,
        CASE WHEN s.start_ms - lag(s.start_ms) OVER (
            PARTITION BY s.day, s.site, s.randomised AND NOT s.associated, s.model_class ORDER BY s.start_ms, s.token
        ) < p.burst_ms THEN 0 ELSE 1 END AS begins,
        CASE
            WHEN s.rssi_max_dbm IS NULL THEN 'no_signal'
            WHEN s.rssi_max_dbm < p.seen_dbm THEN 'weak'
            WHEN presence.hours_heard >= p.fixed_h OR presence.hours_closed >= p.closed_h THEN 'fixed'
            WHEN presence.loudest_dbm >= p.inside_dbm AND (
                presence.hours_heard >= p.staff_h
                OR presence.at_opening + presence.at_closing = 2
                OR habits.edge_days >= p.staff_days AND 2 * habits.edge_days > habits.days
            ) THEN 'staff'
            WHEN presence.hours_heard >= p.staff_h THEN 'neighbour'
            WHEN s.opened = 0 THEN 'closed'
            WHEN presence.frames_heard = 1 AND s.rssi_max_dbm < p.stray_dbm AND NOT s.randomised AND NOT s.associated
                THEN 'stray'
        END AS reason
    FROM placed AS s
    JOIN presence ON presence.day = s.day AND presence.site = s.site AND presence.token = s.token
    JOIN habits ON habits.site = s.site AND habits.token = s.token
    JOIN places AS p ON p.site = s.site
)
SELECT
    j.site, j.token, j.start_ms, j.end_ms, j.inside_start_ms, j.inside_end_ms, j.frames, j.rssi_max_dbm, j.randomised,
    j.associated, j.panel,
    CASE
        WHEN j.reason IS NOT NULL THEN 'noise'
        WHEN NOT j.panel THEN 'unlinked'
        WHEN j.inside_start_ms IS NULL THEN 'passer_by'
        WHEN l.site IS NULL AND j.inside_end_ms - j.inside_start_ms >= j.visit_min_ms THEN 'visit'
        WHEN l.bias + l.log_inside_s_weight * j.log_inside_s + l.log_nearby_s_weight * j.log_nearby_s
            + l.looks_weight * j.looks + l.loudest_dbm_weight * j.rssi_max_dbm >= 0 THEN 'visit'
        ELSE 'passer_by'
    END AS outcome,
    j.reason, j.looks,
    CAST(CASE WHEN j.panel THEN NULL ELSE j.begins END AS INTEGER) AS bursts
FROM judged AS j
LEFT JOIN leaves AS l
    ON l.site = j.site
    AND j.log_inside_s > l.log_inside_s_low AND j.log_inside_s <= l.log_inside_s_high
    AND j.log_nearby_s > l.log_nearby_s_low AND j.log_nearby_s <= l.log_nearby_s_high
    AND j.looks > l.looks_low AND j.looks <= l.looks_high
    AND j.rssi_max_dbm > l.loudest_dbm_low AND j.rssi_max_dbm <= l.loudest_dbm_high
