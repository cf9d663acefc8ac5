-- name: frequency
-- title: Visits a visitor (panel, within the epoch)
-- unit: visits
-- people: yes
-- rests_on: returning_visitors visitors
-- definition: mean number of visits that the visitors of the time asked for have made since the begin of the epoch. Where
--   too few made a second (or a third), these are left out, as in visits.
-- bias: as returning_visitors.
-- source: Footfall's own definition
SELECT
    '' AS series, 'all' AS cell,
    sum(CASE WHEN a.twice < p.minimum_group THEN 1 WHEN a.thrice < p.minimum_group THEN least(c.visits, 2) ELSE c.visits END)
        / (1.0 * count(*)) AS value,
    count(*) AS group_size, count(*) AS of
FROM comers AS c
CROSS JOIN (
    SELECT count(CASE WHEN visits > 1 THEN 1 END) AS twice, count(CASE WHEN visits > 2 THEN 1 END) AS thrice FROM comers
) AS a
CROSS JOIN place AS p
