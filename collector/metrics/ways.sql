-- name: ways
-- definition: each way a visitor took: from zone to zone within a visit (zone), over three zones in a row (path), and from visit to
--   visit between the question's site and others of the tenant (site). first, last: what it begins and ends with, whose people a
--   way's people are a part of: zones, sites, or of a path the two ways it is made of.
-- inputs: zone_stays, visits, elsewhere, place
WITH steps AS (
    SELECT
        'zone' AS kind, token, zone AS here, visit_start_ms AS start_ms,
        lead(zone) OVER (PARTITION BY token, visit_start_ms ORDER BY start_ms) AS next,
        lead(zone, 2) OVER (PARTITION BY token, visit_start_ms ORDER BY start_ms) AS third
    FROM zone_stays
    UNION ALL
    SELECT
        'site', token, site, start_ms,
        lead(site) OVER (PARTITION BY token ORDER BY start_ms, site),
        CAST(NULL AS VARCHAR)
    FROM (
        SELECT token, site, start_ms FROM visits WHERE outcome = 'visit'
        UNION ALL
        SELECT token, site, start_ms FROM elsewhere WHERE here
    ) AS visited
)
SELECT kind AS series, concat(here, ' > ', next) AS cell, token, start_ms, here AS first, next AS last
FROM steps CROSS JOIN place
WHERE next <> here AND (kind = 'zone' OR here = place.site OR next = place.site)
UNION ALL
SELECT
    'path', concat(here, ' > ', next, ' > ', third), token, start_ms, concat(here, ' > ', next), concat(next, ' > ', third)
FROM steps
WHERE third IS NOT NULL
