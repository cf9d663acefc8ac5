-- name: zone_intersections
-- title: Seen in two zones (panel)
-- unit: share of the zone's visitors
-- people: yes
-- rests_on: zone_intersections one_zone zone_visitors not_in_zone visitors
-- interval: share
-- definition: visitors of a zone (the first name) who in the same visit were in another one as well (the second) / visitors of the
--   first. Withheld where those in both, in one alone, or in neither are too few: each follows from the other numbers.
-- bias: as zone_visitors: a phone between two zones may be in both without a step.
-- source: Footfall's own definition
WITH inside AS (
    SELECT DISTINCT zone, token, visit_start_ms FROM zone_stays
),
sizes AS (
    SELECT z.zone, count(DISTINCT s.token) AS people
    FROM (SELECT DISTINCT zone FROM zones) AS z
    LEFT JOIN inside AS s ON s.zone = z.zone
    GROUP BY z.zone
),
shared AS (
    SELECT one.zone, other.zone AS also, count(DISTINCT one.token) AS people
    FROM inside AS one
    JOIN inside AS other
        ON other.token = one.token AND other.visit_start_ms = one.visit_start_ms AND other.zone <> one.zone
    GROUP BY one.zone, other.zone
),
pairs AS (
    SELECT f.zone, t.zone AS also, f.people, t.people AS others, coalesce(s.people, 0) AS in_both
    FROM sizes AS f
    JOIN sizes AS t ON t.zone <> f.zone
    LEFT JOIN shared AS s ON s.zone = f.zone AND s.also = t.zone
)
SELECT
    p.zone AS series, p.also AS cell,
    p.in_both / (1.0 * nullif(p.people, 0)) AS value,
    least(p.in_both, p.people - p.in_both, p.others - p.in_both, w.visitors - p.people - p.others + p.in_both)
        AS group_size,
    p.people AS of
FROM pairs AS p
CROSS JOIN (SELECT count(DISTINCT token) AS visitors FROM visits WHERE outcome = 'visit') AS w
ORDER BY p.zone, p.also
