-- name: history
-- definition: the site's visits from the begin of the epochs that the question touches to the end of the question, each with
--   its number within the epoch, and the end of the visit before it.
-- inputs: site_stays, asked (start_ms, end_ms)
SELECT
    h.token, h.epoch, h.day, h.start_ms, h.inside_start_ms, h.inside_end_ms,
    row_number() OVER (PARTITION BY h.epoch, h.token ORDER BY h.start_ms) AS number,
    lag(h.inside_end_ms) OVER (PARTITION BY h.epoch, h.token ORDER BY h.start_ms) AS before_ms,
    EXISTS (SELECT 1 FROM asked AS a WHERE h.start_ms >= a.start_ms AND h.start_ms < a.end_ms) AS asked
FROM site_stays AS h
WHERE h.outcome = 'visit' AND h.start_ms < (SELECT max(end_ms) FROM asked)
