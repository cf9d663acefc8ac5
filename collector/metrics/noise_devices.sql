-- name: noise_devices
-- title: Discarded devices
-- unit: tokens
-- people: yes
-- rests_on: noise_devices
-- definition: tokens with at least one stay that no number rests on, by the rule that caught it.
-- bias: a phone that randomises its address shows several tokens; a device on which two rules fall at different times counts in
--   both. Staff whose phones randomise are not told from visitors.
-- source: Footfall's own definition
SELECT '' AS series, reason AS cell, count(DISTINCT token) AS value, count(DISTINCT token) AS group_size
FROM visits
WHERE outcome = 'noise'
GROUP BY reason
ORDER BY reason
