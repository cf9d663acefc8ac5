-- name: site_stays
-- definition: the judged stays of the question's site, of all days that it rests on, each with its business day and its
--   epoch. Where tokens have gone, a number that stands for one lasts for a day: the day is then the epoch.
-- inputs: visits_judged, kept (of any sites), place (a row), days (day, epoch, start_ms, end_ms)
SELECT
    v.site, v.token, v.start_ms, v.end_ms, v.inside_start_ms, v.inside_end_ms, v.frames, v.rssi_max_dbm,
    v.randomised, v.associated, v.panel, v.outcome, v.reason, v.looks, v.bursts, d.day, d.epoch
FROM (
    SELECT site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, frames, rssi_max_dbm, randomised, associated,
        panel, outcome, reason, looks, bursts
    FROM visits_judged
    UNION ALL
    SELECT site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, frames, rssi_max_dbm, randomised, associated,
        panel, outcome, reason, looks, bursts
    FROM kept
) AS v
JOIN place AS p ON p.site = v.site
JOIN days AS d ON v.start_ms >= d.start_ms AND v.start_ms < d.end_ms
