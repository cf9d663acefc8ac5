-- name: frequency
-- title: Visits a visitor (panel, within the epoch)
-- unit: visits
-- people: yes
-- rests_on: returning_visitors visitors
-- definition: mean number of visits that the visitors of the time asked for have made since the begin of the epoch.
-- bias: as returning_visitors.
-- source: Footfall's own definition
SELECT '' AS series, 'all' AS cell, sum(visits) / (1.0 * count(*)) AS value, count(*) AS group_size
FROM comers
