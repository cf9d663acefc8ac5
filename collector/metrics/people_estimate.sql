-- name: people_estimate
-- title: People present (estimate)
-- unit: people, mean of the time
-- people: yes
-- parts: yes
-- interval: own
-- definition: people inside, on average over ten minutes, an hour, a day: from model classes, scans and lasting addresses at
--   the site's level, through rates a person that manual counts calibrate; docs/counting.md says how. Times that no sensor
--   listened to are left out of the mean.
-- bias: uncalibrated it may be off by a factor of two, and the interval says so. Many phones of one model, people without
--   phones, and a place where few scan read low; people close outside a thin wall read high. Nobody near, and it reads zero.
-- source: Footfall's own definition; accuracy measured in docs/accuracy.md
SELECT series, cell, people AS value, CAST(floor(peak) AS BIGINT) AS group_size, NULL AS of, low, high
FROM present
ORDER BY start_ms, series, cell
