-- name: open_windows
-- definition: the open table `windows`: a time that a sensor listened to, and what it counted then. Times are UTC.
-- inputs: kept (windows of one day), partition (tenant, day)
SELECT
    p.tenant, p.day, site, sensor,
    make_timestamp(start_ms * 1000) AS start,
    length_ms, clock, frames, probes, malformed, overflow, keyless, kernel_drops
FROM kept
CROSS JOIN partition AS p
