-- name: heard
-- definition: each sighting as the shortest stay there is; inside where it is as loud as the site's inside level. `hours` has a
--   bit for the hour (UTC) of the business day that it began in; `inside_slots` one for the half-minute it was inside in,
--   modulo 31 minutes: bits add up the same in any order, and the sensors that hear one burst set one bit.
-- inputs: sightings, places (a row a site), today (day, first_hour)
SELECT
    t.day, s.site, s.token,
    s.first_ms AS start_ms,
    s.last_ms AS end_ms,
    CASE WHEN s.rssi_max_dbm >= p.inside_dbm THEN s.first_ms END AS inside_start_ms,
    CASE WHEN s.rssi_max_dbm >= p.inside_dbm THEN s.last_ms END AS inside_end_ms,
    CAST(s.frames AS BIGINT) AS frames,
    s.rssi_max_dbm, s.randomised, s.associated, s.model_class,
    CAST(pow(2, floor(s.first_ms / 3600000) - t.first_hour) AS BIGINT) AS hours,
    CASE WHEN s.rssi_max_dbm >= p.inside_dbm THEN CAST(pow(2, floor(s.first_ms / 30000) % 62) AS BIGINT) ELSE 0 END
        AS inside_slots
FROM sightings AS s
JOIN places AS p ON p.site = s.site
CROSS JOIN today AS t
