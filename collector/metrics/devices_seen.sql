-- name: devices_seen
-- title: Distinct addresses
-- unit: tokens
-- people: yes
-- rests_on: devices_seen
-- counts: yes
-- definition: distinct tokens heard at the site, noise included; times flagged as spoofed air are left out.
-- bias: not people. A phone that randomises shows several addresses; measured on labelled phones, +460 % in 5 minutes.
-- source: Footfall's own definition; Pintor and Atzori 2021 (measured)
SELECT '' AS series, 'all' AS cell, count(DISTINCT token) AS value, count(DISTINCT token) AS group_size
FROM visits
