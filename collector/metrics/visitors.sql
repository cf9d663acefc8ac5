-- name: visitors
-- title: Visitors (panel)
-- unit: devices of the panel
-- people: yes
-- definition: devices of the panel that made at least one visit on that business day.
-- bias: the panel is the part of phones whose address lasts, about one in five.
-- source: design section 7
SELECT '' AS series, 'all' AS cell, count(DISTINCT token) AS value, count(DISTINCT token) AS group_size
FROM visits
WHERE outcome = 'visit'
