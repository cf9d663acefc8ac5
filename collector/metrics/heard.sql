-- name: heard
-- definition: each sighting as the shortest stay there is; inside where it is as loud as the site's inside level. `hours` has a
--   bit for the hour (UTC) of the business day that it began in.
-- inputs: sightings, places (a row a site), today (day, first_hour)
SELECT
    t.day, s.site, s.token,
    s.first_ms AS start_ms,
    s.last_ms AS end_ms,
    CASE WHEN s.rssi_max_dbm >= p.inside_dbm THEN s.first_ms END AS inside_start_ms,
    CASE WHEN s.rssi_max_dbm >= p.inside_dbm THEN s.last_ms END AS inside_end_ms,
    CAST(s.frames AS BIGINT) AS frames,
    s.rssi_max_dbm, s.randomised, s.associated,
    CAST(pow(2, floor(s.first_ms / 3600000) - t.first_hour) AS BIGINT) AS hours
FROM sightings AS s
JOIN places AS p ON p.site = s.site
CROSS JOIN today AS t
