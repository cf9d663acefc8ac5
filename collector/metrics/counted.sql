-- name: counted
-- definition: sightings without those of times that are flagged as spoofed or saturated air; the report names these times.
-- inputs: all_sightings, not_counted (sensor, start_ms, end_ms)
SELECT s.*
FROM all_sightings AS s
WHERE NOT EXISTS (
    SELECT 1
    FROM not_counted AS f
    WHERE f.sensor = s.sensor AND s.first_ms >= f.start_ms AND s.first_ms < f.end_ms
)
