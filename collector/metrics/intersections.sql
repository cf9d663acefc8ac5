-- name: intersections
-- title: Seen at other sites (panel, within the epoch)
-- unit: share of visitors
-- people: yes
-- rests_on: intersections visitors
-- interval: share
-- definition: visitors who also made a visit at another site of the tenant in the time asked for / visitors of this site.
-- bias: phones whose address lasts between sites; stations keep theirs only within one network. Days are not linked beyond an epoch.
-- source: Footfall's own definition
SELECT
    '' AS series, o.site AS cell,
    count(DISTINCT e.token) / (1.0 * w.visitors) AS value,
    least(count(DISTINCT e.token), w.visitors - count(DISTINCT e.token)) AS group_size,
    w.visitors AS of
FROM others AS o
CROSS JOIN (SELECT nullif(count(DISTINCT token), 0) AS visitors FROM visits WHERE outcome = 'visit') AS w
LEFT JOIN elsewhere AS e ON e.site = o.site
GROUP BY o.site, w.visitors
ORDER BY o.site
