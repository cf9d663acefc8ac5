-- name: steps
-- definition: where a device of the panel was heard, kept for sites that have zones: each sighting of a zone's sensor.
-- inputs: sightings, zones (sensor, zone)
SELECT s.site, s.sensor, s.token, s.first_ms, s.last_ms, s.rssi_max_dbm
FROM sightings AS s
JOIN zones AS z ON z.sensor = s.sensor
WHERE (NOT s.randomised OR s.associated) AND s.rssi_max_dbm IS NOT NULL
