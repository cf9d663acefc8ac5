-- name: coverage
-- title: Coverage
-- unit: share of sensor time
-- people: no
-- definition: sensor time heard / sensor time planned (every sensor of the site, all the time of the question, or its
--   opening hours where it has any).
-- bias: none known; a deaf radio that says nothing of it counts as heard.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, least(1.0, heard.ms / place.planned_ms) AS value, NULL AS group_size
FROM place
CROSS JOIN (
    SELECT
        coalesce(sum(least(w.start_ms + w.length_ms, o.end_ms) - greatest(w.start_ms, o.start_ms)), 0) AS ms
    FROM windows AS w
    JOIN opening AS o ON w.start_ms < o.end_ms AND w.start_ms + w.length_ms > o.start_ms
) AS heard
