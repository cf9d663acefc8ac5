-- name: recency
-- title: Time since the last visit (panel, within the epoch)
-- unit: s
-- people: yes
-- rests_on: returning_visitors
-- definition: median time between the end of a visit and the begin of the same visitor's next one in the epoch; of the next ones
--   in the time asked for.
-- bias: never longer than the epoch, and never shorter than the gap that ends a visit.
-- source: Footfall's own definition
SELECT
    '' AS series, 'all' AS cell,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY (inside_start_ms - before_ms) / 1000.0) AS value,
    count(DISTINCT token) AS group_size
FROM history
WHERE asked AND before_ms IS NOT NULL
