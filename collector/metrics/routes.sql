-- name: routes
-- title: Routes (panel)
-- unit: times taken
-- people: yes
-- rests_on: routes
-- counts: yes
-- ranked: yes
-- definition: the ten most frequent ways: from zone to zone within a visit (zone), over three zones in a row (path), and from visit
--   to visit between this site and others of the tenant within the epoch (site). A way too few have taken is left out.
-- bias: as zone_visitors; a zone that a phone was silent in is not on its way.
-- source: Footfall's own definition
WITH counted AS (
    SELECT series, cell, count(*) AS times, count(DISTINCT token) AS people FROM ways GROUP BY series, cell
),
ranked AS (
    SELECT counted.*, row_number() OVER (PARTITION BY series ORDER BY times DESC, cell) AS rank FROM counted
)
SELECT series, cell, times AS value, people AS group_size
FROM ranked
WHERE rank <= 10
ORDER BY series, rank
