-- name: asked_visits
-- definition: the stays that the question is about: those that begin in its time.
-- inputs: site_stays, asked (start_ms, end_ms)
SELECT s.*
FROM site_stays AS s
JOIN asked AS a ON s.start_ms >= a.start_ms AND s.start_ms < a.end_ms
