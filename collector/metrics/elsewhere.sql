-- name: elsewhere
-- definition: visits at other sites of the tenant by devices that also made a visit at the question's site. A token is the
--   same at all sites of a tenant within an epoch, and a number that takes its place is so within a day.
-- inputs: visits_judged, kept (of other sites), visits
SELECT v.site, v.token, v.start_ms, v.end_ms
FROM (
    SELECT site, token, start_ms, end_ms, outcome FROM visits_judged
    UNION ALL
    SELECT site, token, start_ms, end_ms, outcome FROM kept
) AS v
JOIN place AS p ON p.site <> v.site
WHERE
    v.outcome = 'visit'
    AND v.token IN (SELECT token FROM visits WHERE outcome = 'visit')
    AND EXISTS (SELECT 1 FROM asked AS a WHERE v.start_ms >= a.start_ms AND v.start_ms < a.end_ms)
