-- name: intersections
-- title: Seen at other sites (panel, within the epoch)
-- unit: share of visitors
-- people: yes
-- rests_on: intersections only_here only_there visitors
-- interval: share
-- definition: visitors who also made a visit at another site of the tenant in the time asked for / visitors of this site. Withheld
--   where those at both, at this one alone, or at the other alone are too few: each follows from both sites' numbers.
-- bias: phones whose address lasts between sites; stations keep theirs only within one network. Days are not linked beyond an epoch.
--   Low by the visits that the other site did not hear as one: about a fifth where phones scan as measured and stays last minutes
--   (docs/accuracy.md). A day of 55 visitors of the panel tells a share of a quarter to a fifth of itself, 275 to
--   a tenth: add up days until there are so many.
-- source: Footfall's own definition
WITH met AS (
    SELECT
        site,
        count(DISTINCT CASE WHEN here THEN token END) AS in_both,
        count(DISTINCT CASE WHEN here THEN NULL ELSE token END) AS only_there
    FROM elsewhere
    GROUP BY site
)
SELECT
    '' AS series, o.site AS cell,
    coalesce(m.in_both, 0) / (1.0 * w.visitors) AS value,
    least(coalesce(m.in_both, 0), w.visitors - coalesce(m.in_both, 0), coalesce(m.only_there, 0)) AS group_size,
    w.visitors AS of
FROM others AS o
CROSS JOIN (SELECT nullif(count(DISTINCT token), 0) AS visitors FROM visits WHERE outcome = 'visit') AS w
LEFT JOIN met AS m ON m.site = o.site
ORDER BY o.site
