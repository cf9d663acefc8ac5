-- name: dwells
-- definition: each visit's time between its first and its last signal inside.
-- inputs: visits
SELECT
    token, start_ms,
    inside_end_ms - inside_start_ms AS dwell_ms,
    (inside_end_ms - inside_start_ms) / 1000.0 AS dwell_s
FROM visits
WHERE outcome = 'visit'
