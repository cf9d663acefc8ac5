-- name: site_hours
-- definition: the hours of many sites at once, as metrics/hourly.sql has them of one, and how long sensors listened while a site
--   was open. Hours without any window are not among them. Never shown before the query layer has released it.
-- inputs: visits, windows (of any sites), opening (site, start_ms, end_ms)
WITH stays AS (
    SELECT
        v.site, v.hour AS name, v.token,
        max(CASE WHEN v.outcome = 'visit' THEN 1 ELSE 0 END) AS visitor,
        max(CASE WHEN v.outcome = 'passer_by' THEN 1 ELSE 0 END) AS passer
    FROM visits AS v
    GROUP BY v.site, v.hour, v.token
),
counted AS (
    SELECT site, name, sum(visitor) AS visitors, sum(CASE WHEN visitor = 0 THEN passer ELSE 0 END) AS passers_by
    FROM stays
    GROUP BY site, name
),
heard AS (
    SELECT site, hour AS name, count(*) AS windows FROM windows GROUP BY site, hour
),
opened AS (
    SELECT w.site, w.hour AS name, sum(least(w.start_ms + w.length_ms, o.end_ms) - greatest(w.start_ms, o.start_ms)) AS ms
    FROM windows AS w
    JOIN opening AS o ON o.site = w.site AND w.start_ms < o.end_ms AND w.start_ms + w.length_ms > o.start_ms
    GROUP BY w.site, w.hour
)
SELECT
    h.site, h.name, coalesce(c.visitors, 0) AS visitors, coalesce(c.passers_by, 0) AS passers_by,
    coalesce(o.ms, 0) AS heard_ms
FROM heard AS h
LEFT JOIN counted AS c ON c.site = h.site AND c.name = h.name
LEFT JOIN opened AS o ON o.site = h.site AND o.name = h.name
ORDER BY h.site, h.name
