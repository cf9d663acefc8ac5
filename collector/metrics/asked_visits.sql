-- name: asked_visits
-- definition: the stays that the question is about: those that begin in its time, each with the hour that it begins in.
-- inputs: site_stays, hours (of the time asked for, all of it)
SELECT s.*, h.name AS hour, h.hour_of_day, h.weekday
FROM site_stays AS s
JOIN hours AS h ON s.start_ms >= h.start_ms AND s.start_ms < h.end_ms
