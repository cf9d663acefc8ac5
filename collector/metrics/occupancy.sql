-- name: occupancy
-- title: Visitors at the same time (panel)
-- unit: mean devices of the panel
-- people: yes
-- rests_on: hourly visitors
-- parts: day
-- definition: mean number of the panel's visitors who are inside at once, by the hour: their time inside / the hour. An hour
--   without any window from a sensor has no value.
-- bias: the panel only, about one phone in five: the shape of a day, not its height. People in the room are another metric.
-- source: Footfall's own definition
WITH inside AS (
    SELECT
        h.name,
        sum(least(v.inside_end_ms, h.end_ms) - greatest(v.inside_start_ms, h.start_ms)) AS ms,
        count(DISTINCT v.token) AS visitors
    FROM hours AS h
    JOIN visits AS v ON v.inside_start_ms < h.end_ms AND v.inside_end_ms > h.start_ms
    WHERE v.outcome = 'visit'
    GROUP BY h.name
)
SELECT
    '' AS series, h.name AS cell,
    CASE WHEN h.windows > 0 THEN coalesce(i.ms, 0) / (1.0 * (h.end_ms - h.start_ms)) END AS value,
    CASE WHEN h.windows > 0 THEN coalesce(i.visitors, 0) END AS group_size
FROM heard_hours AS h
LEFT JOIN inside AS i ON i.name = h.name
ORDER BY h.start_ms
