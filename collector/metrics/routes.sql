-- name: routes
-- title: Routes (panel)
-- unit: times taken
-- people: yes
-- counts: yes
-- ranked: yes
-- definition: the ten most frequent ways: from zone to zone within a visit (zone), over three zones in a row (path), and from visit
--   to visit between this site and others of the tenant within the epoch (site). A way too few have taken is left out.
-- bias: as zone_visitors; a zone that a phone was silent in is not on its way.
-- source: Footfall's own definition
WITH steps AS (
    SELECT
        'zone' AS kind, token, zone AS here,
        lead(zone) OVER (PARTITION BY token, visit_start_ms ORDER BY start_ms) AS next,
        lead(zone, 2) OVER (PARTITION BY token, visit_start_ms ORDER BY start_ms) AS third
    FROM zone_stays
    UNION ALL
    SELECT
        'site', token, site,
        lead(site) OVER (PARTITION BY token ORDER BY start_ms, site),
        CAST(NULL AS VARCHAR)
    FROM (
        SELECT token, site, start_ms FROM visits WHERE outcome = 'visit'
        UNION ALL
        SELECT token, site, start_ms FROM elsewhere
    ) AS visited
),
ways AS (
    SELECT kind AS series, concat(here, ' > ', next) AS cell, token
    FROM steps CROSS JOIN place
    WHERE next <> here AND (kind = 'zone' OR here = place.site OR next = place.site)
    UNION ALL
    SELECT 'path', concat(here, ' > ', next, ' > ', third), token
    FROM steps
    WHERE third IS NOT NULL
),
counted AS (
    SELECT series, cell, count(*) AS times, count(DISTINCT token) AS people FROM ways GROUP BY series, cell
),
ranked AS (
    SELECT counted.*, row_number() OVER (PARTITION BY series ORDER BY times DESC, cell) AS rank FROM counted
)
SELECT series, cell, times AS value, people AS group_size
FROM ranked
WHERE rank <= 10
ORDER BY series, rank
