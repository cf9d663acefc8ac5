-- name: flow_hours
-- definition: what flows are estimated from, by the hour in which a stay begins, of hours that were listened to: bursts of
--   addresses that do not last, inside and outside (addresses of one burst count once), and the panel's visitors and passers-by by the
--   minute inside (visit_min_s), whatever a classifier says: the law of lengths is cut there. What came after a day's end has no bursts.
-- inputs: visits, place, windows, hours (name, start_ms, end_ms, hour_of_day), opening
WITH heard AS (
    SELECT
        hours.name, hours.start_ms, hours.end_ms, hours.hour_of_day,
        least(hours.end_ms - hours.start_ms, count(DISTINCT w.start_ms) * max(w.length_ms)) AS listened_ms
    FROM hours
    JOIN windows AS w ON w.hour = hours.name
    JOIN opening AS o ON w.start_ms >= o.start_ms AND w.start_ms < o.end_ms
    GROUP BY hours.name, hours.start_ms, hours.end_ms, hours.hour_of_day
)
SELECT
    heard.name, heard.start_ms, heard.listened_ms / 3600000.0 AS hours,
    sum(CASE WHEN v.outcome = 'unlinked' AND v.inside_start_ms IS NOT NULL THEN coalesce(v.bursts, 0) ELSE 0 END) AS bursts_inside,
    sum(CASE WHEN v.outcome = 'unlinked' AND v.inside_start_ms IS NULL THEN coalesce(v.bursts, 0) ELSE 0 END) AS bursts_outside,
    count(DISTINCT CASE
        WHEN v.outcome IN ('visit', 'passer_by') AND v.inside_end_ms - v.inside_start_ms >= p.visit_min_ms THEN v.token
    END) AS panel_visitors,
    count(DISTINCT CASE
        WHEN v.outcome IN ('visit', 'passer_by') AND coalesce(v.inside_end_ms - v.inside_start_ms, 0) < p.visit_min_ms
            THEN v.token
    END) AS panel_passers,
    heard.hour_of_day AS clock
FROM heard
CROSS JOIN place AS p
LEFT JOIN visits AS v ON v.hour = heard.name
GROUP BY heard.name, heard.start_ms, heard.listened_ms, heard.hour_of_day
ORDER BY heard.start_ms
