-- name: asked_windows
-- definition: the windows that the question is about: those of the site's sensors that begin in its time, each with its hour.
-- inputs: all_windows, place (a row), quarters (of the hours of the time asked for, all of it)
SELECT
    w.site, w.sensor, w.start_ms, w.length_ms, w.frames, w.probes, w.malformed, w.overflow, w.keyless, w.kernel_drops,
    q.name AS hour
FROM all_windows AS w
JOIN place AS p ON p.site = w.site
JOIN quarters AS q
    ON q.quarter = CAST(floor(w.start_ms / 900000) AS BIGINT) AND w.start_ms >= q.start_ms AND w.start_ms < q.end_ms
