-- name: marks
-- definition: what signs of people are made of: for each ten minutes of a site, and each level that was reached and no higher one,
--   an address that lasts (globally administered, or associated), or a model class among the others: in which slots of
--   ten seconds it was heard (a bit each), when first and last after the beginning, and how loud at most. Bits, first, last and
--   loudest add up the same in any order: marks of marks and of what came since are the marks of everything.
-- inputs: sightings, rungs (rssi_max_dbm, rung_dbm: the highest level that it reaches)
SELECT
    site, start_ms, lasting, who, rung_dbm,
    bit_or(CAST(pow(2, floor(offset_ms / 10000)) AS BIGINT)) AS slots,
    min(offset_ms) AS first_ms,
    max(offset_ms) AS last_ms,
    max(rssi_max_dbm) AS loudest_dbm
FROM (
    SELECT
        s.site, r.rung_dbm, s.rssi_max_dbm,
        s.first_ms - s.first_ms % 600000 AS start_ms,
        s.first_ms % 600000 AS offset_ms,
        NOT s.randomised OR s.associated AS lasting,
        CASE WHEN NOT s.randomised OR s.associated THEN s.token ELSE s.model_class END AS who
    FROM sightings AS s
    JOIN rungs AS r ON r.rssi_max_dbm = s.rssi_max_dbm
) AS heard
GROUP BY site, start_ms, lasting, who, rung_dbm
