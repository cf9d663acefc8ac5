-- name: asked_windows
-- definition: the windows that the question is about: those of the site's sensors that begin in its time.
-- inputs: all_windows, place (a row), asked (start_ms, end_ms)
SELECT w.site, w.sensor, w.start_ms, w.length_ms, w.frames, w.probes, w.malformed, w.overflow, w.keyless, w.kernel_drops
FROM all_windows AS w
JOIN place AS p ON p.site = w.site
JOIN asked AS a ON w.start_ms >= a.start_ms AND w.start_ms < a.end_ms
