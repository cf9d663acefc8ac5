-- name: visitors
-- title: Visitors (panel)
-- unit: devices of the panel
-- people: yes
-- rests_on: visitors
-- counts: yes
-- interval: count
-- definition: devices of the panel that made at least one visit on that business day.
-- bias: the panel is the part of phones whose address lasts, about one in five. A fixed device counts as a visitor until it
--   has been heard in so many hours that it is known for one, so a day that still runs reads high.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, count(DISTINCT token) AS value, count(DISTINCT token) AS group_size
FROM visits
WHERE outcome = 'visit'
