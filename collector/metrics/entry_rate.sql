-- name: entry_rate
-- title: Entry rate (panel)
-- unit: share of devices
-- people: yes
-- rests_on: visitors passers_by
-- interval: share
-- definition: visitors / (visitors + passers-by); the convention entries / (entries + passers-by) of capture rate.
-- bias: whom the antenna hears of the street decides on the passers-by: compare a site with itself, not with another.
-- source: Footfall's own definition; Aura Vision's definition of capture rate
SELECT
    '' AS series, 'all' AS cell,
    sum(visitor) / count(*) AS value,
    least(sum(visitor), count(*) - sum(visitor)) AS group_size,
    count(*) AS of
FROM (
    SELECT token, max(CASE WHEN outcome = 'visit' THEN 1.0 ELSE 0.0 END) AS visitor
    FROM visits
    WHERE outcome IN ('visit', 'passer_by')
    GROUP BY token
) AS devices
