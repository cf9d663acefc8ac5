-- name: engaged_rate
-- title: Engaged visits (panel)
-- unit: share of visits
-- people: yes
-- rests_on: visitors engaged_rate
-- interval: share
-- definition: visits of 20 minutes or longer / visits.
-- bias: a phone is heard once or twice a minute, so a visit reads up to two minutes short.
-- source: Footfall's own definition; Cloud4Wi "Behaviors"
SELECT
    '' AS series, 'all' AS cell,
    sum(engaged) / count(*) AS value,
    least(
        count(DISTINCT CASE WHEN engaged = 1 THEN token END),
        count(DISTINCT CASE WHEN engaged = 0 THEN token END)
    ) AS group_size,
    count(*) AS of
FROM (
    SELECT token, CASE WHEN dwell_ms >= engaged_ms THEN 1.0 ELSE 0.0 END AS engaged
    FROM told_visits CROSS JOIN place
) AS rated
