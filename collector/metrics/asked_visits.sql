-- name: asked_visits
-- definition: the stays that the question is about: those that begin in its time, each with the hour that it begins in.
-- inputs: site_stays, quarters (of the hours of the time asked for, all of it)
SELECT
    s.site, s.token, s.start_ms, s.inside_start_ms, s.inside_end_ms, s.frames, s.randomised, s.associated, s.panel,
    s.outcome, s.reason, s.looks, s.bursts, q.name AS hour, q.hour_of_day, q.weekday
FROM site_stays AS s
JOIN quarters AS q
    ON q.quarter = CAST(floor(s.start_ms / 900000) AS BIGINT) AND s.start_ms >= q.start_ms AND s.start_ms < q.end_ms
