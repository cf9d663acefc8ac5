-- name: routes
-- title: Routes (panel)
-- unit: times taken
-- people: yes
-- rests_on: routes
-- counts: yes
-- ranked: yes
-- definition: the ten most frequent ways: from zone to zone within a visit (zone), over three zones in a row (path), and from visit
--   to visit between this site and others of the tenant within the epoch (site). A way too few have taken is left out. Times
--   are blurred by up to half the minimum group: who came to a place and did not go this way would else follow from its visitors.
-- bias: as zone_visitors; a zone that a phone was silent in is not on its way. Of the ten most frequent ways of all people, a day of 50
--   visitors of the panel shows eight or nine, and no method that follows addresses shows more; days added up show all: ask for a week.
-- source: Footfall's own definition
WITH counted AS (
    SELECT series, cell, first, last, count(*) AS times, count(DISTINCT token) AS people
    FROM ways
    GROUP BY series, cell, first, last
),
ends AS (
    SELECT 'zone' AS series, zone AS name, count(DISTINCT token) AS people FROM zone_stays GROUP BY zone
    UNION ALL
    SELECT 'site', p.site, count(DISTINCT d.token) FROM dwells AS d CROSS JOIN place AS p GROUP BY p.site
    UNION ALL
    SELECT 'site', site, count(DISTINCT token) FROM elsewhere GROUP BY site
    UNION ALL
    SELECT 'path', cell, people FROM counted WHERE series = 'zone'
),
sized AS (
    SELECT c.series, c.cell, c.times, c.people, least(f.people, l.people) AS whole
    FROM counted AS c
    JOIN ends AS f ON f.series = c.series AND f.name = c.first
    JOIN ends AS l ON l.series = c.series AND l.name = c.last
),
ranked AS (
    SELECT sized.*, row_number() OVER (PARTITION BY series ORDER BY times DESC, cell) AS rank FROM sized
)
-- Of the people of its smaller end, those who did not take a way are told in steps of a minimum group, by their middle.
SELECT
    series, cell,
    times + whole - people - p.minimum_group * floor((whole - people) / (1.0 * p.minimum_group)) - floor(p.minimum_group / 2.0)
        AS value,
    people AS group_size
FROM ranked CROSS JOIN place AS p
WHERE rank <= 10
ORDER BY series, rank
