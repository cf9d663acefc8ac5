-- name: passers_by
-- title: Passers-by (panel)
-- unit: devices of the panel
-- people: yes
-- rests_on: passers_by
-- counts: yes
-- interval: count
-- definition: devices of the panel that were seen and made no visit on that business day.
-- bias: the panel is the part of phones whose address lasts, about one in five; multiply nothing by it without an interval.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, count(*) AS value, count(*) AS group_size
FROM (
    SELECT token
    FROM visits
    WHERE outcome IN ('visit', 'passer_by')
    GROUP BY token
    HAVING max(CASE WHEN outcome = 'visit' THEN 1 ELSE 0 END) = 0
) AS passers
