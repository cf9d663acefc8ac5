-- name: told_visits
-- definition: the visits that numbers of visits rest on: all of them, but for the third and later ones of a visitor where too few made
--   three, and the second ones where too few made two. Visits less visitors would else tell how many came back.
-- inputs: dwells, place (a row)
WITH numbered AS (
    SELECT d.*, row_number() OVER (PARTITION BY token ORDER BY start_ms) AS number FROM dwells AS d
),
again AS (
    SELECT
        count(CASE WHEN number = 2 THEN token END) AS twice,
        count(CASE WHEN number = 3 THEN token END) AS thrice
    FROM numbered
)
SELECT n.token, n.start_ms, n.dwell_ms, n.dwell_s
FROM numbered AS n CROSS JOIN again AS a CROSS JOIN place AS p
WHERE n.number = 1 OR n.number = 2 AND a.twice >= p.minimum_group OR n.number > 2 AND a.thrice >= p.minimum_group
