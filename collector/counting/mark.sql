-- name: mark
-- definition: each sighting as the smallest mark there is (see marks): its slot of ten seconds as one bit.
-- inputs: sightings, rungs (rssi_max_dbm, rung_dbm: the highest level that it reaches)
SELECT
    s.site,
    s.first_ms - s.first_ms % 600000 AS start_ms,
    NOT s.randomised OR s.associated AS lasting,
    CASE WHEN NOT s.randomised OR s.associated THEN s.token ELSE s.model_class END AS who,
    r.rung_dbm,
    CAST(pow(2, floor(s.first_ms % 600000 / 10000)) AS BIGINT) AS slots,
    s.first_ms % 600000 AS first_ms,
    s.first_ms % 600000 AS last_ms,
    s.rssi_max_dbm AS loudest_dbm
FROM sightings AS s
JOIN rungs AS r ON r.rssi_max_dbm = s.rssi_max_dbm
