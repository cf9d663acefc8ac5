-- name: open_visits
-- definition: the open table `visits`: a stay of a device at a site. `device` is a random number that stands for the same device
--   within one day, and for nothing else. outcome: visit, passer_by, unlinked (another address of the same phone could not be
--   told) or noise, then with its reason. Times are UTC.
-- inputs: kept (visits of one day), partition (tenant, day)
SELECT
    p.tenant, p.day, site,
    token AS device,
    make_timestamp(start_ms * 1000) AS first_seen,
    make_timestamp(end_ms * 1000) AS last_seen,
    make_timestamp(inside_start_ms * 1000) AS inside_from,
    make_timestamp(inside_end_ms * 1000) AS inside_until,
    frames, rssi_max_dbm, randomised, associated, panel, outcome, reason
FROM kept
CROSS JOIN partition AS p
