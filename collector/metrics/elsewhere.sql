-- name: elsewhere
-- definition: visits at other sites of the tenant in the time asked for: by devices that also made a visit at the question's site
--   (here), and of sites that enough of these visited, by all others too, since who was there alone must not be too few
--   either; each with its time inside and its looks. A token is the same at all sites of a tenant within an epoch, and a number
--   that takes its place is so within a day.
-- inputs: others_judged, kept (of other sites), visits, asked, place (a row)
WITH visited AS (
    SELECT v.site, v.token, v.start_ms, v.end_ms, (v.inside_end_ms - v.inside_start_ms) / 1000.0 AS span_s, v.looks
    FROM (
        SELECT site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, looks, outcome FROM others_judged
        UNION ALL
        SELECT site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, looks, outcome FROM kept
    ) AS v
    JOIN place AS p ON p.site <> v.site
    WHERE v.outcome = 'visit' AND EXISTS (SELECT 1 FROM asked AS a WHERE v.start_ms >= a.start_ms AND v.start_ms < a.end_ms)
),
ours AS (
    SELECT DISTINCT token FROM visits WHERE outcome = 'visit'
),
shared AS (
    SELECT v.* FROM visited AS v JOIN ours AS o ON o.token = v.token
),
enough AS (
    SELECT s.site
    FROM shared AS s CROSS JOIN place AS p
    GROUP BY s.site, p.minimum_group
    HAVING count(DISTINCT s.token) >= p.minimum_group
)
SELECT site, token, start_ms, end_ms, span_s, looks, TRUE AS here FROM shared
UNION ALL
SELECT v.site, v.token, v.start_ms, v.end_ms, v.span_s, v.looks, FALSE
FROM visited AS v
JOIN enough AS e ON e.site = v.site
LEFT JOIN ours AS o ON o.token = v.token
WHERE o.token IS NULL
