-- name: bounce_rate
-- title: Bounce rate (panel)
-- unit: share of visits
-- people: yes
-- rests_on: visitors bounce_rate
-- interval: share
-- definition: visits shorter than the site's bounce threshold / visits.
-- bias: a phone is heard once or twice a minute, so a visit reads up to two minutes short.
-- source: Footfall's own definition; Cloud4Wi "Behaviors"
SELECT
    '' AS series, 'all' AS cell,
    sum(bounced) / count(*) AS value,
    least(
        count(DISTINCT CASE WHEN bounced = 1 THEN token END),
        count(DISTINCT CASE WHEN bounced = 0 THEN token END)
    ) AS group_size,
    count(*) AS of
FROM (
    SELECT token, CASE WHEN dwell_ms < bounce_ms THEN 1.0 ELSE 0.0 END AS bounced
    FROM told_visits CROSS JOIN place
) AS rated
