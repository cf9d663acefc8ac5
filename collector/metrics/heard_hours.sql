-- name: heard_hours
-- definition: the hours of the time asked for, each with the number of windows from the site's sensors that begin in it.
-- inputs: hours, windows
SELECT h.name, h.start_ms, h.end_ms, h.hour_of_day, h.weekday, coalesce(w.windows, 0) AS windows
FROM hours AS h
LEFT JOIN (SELECT hour, count(*) AS windows FROM windows GROUP BY hour) AS w ON w.hour = h.name
