-- name: marks
-- definition: what signs of people are made of: for each ten minutes of a site, and each level that was reached and no higher one,
--   an address that lasts (globally administered, or associated), or a model class among the others: in which slots of
--   ten seconds it was heard (a bit each), when first and last after the beginning, and how loud at most. These add up the same
--   in any order: marks of marks and of what came since are the marks of everything.
-- inputs: noted (marks, and sightings as marks)
SELECT
    site, start_ms, lasting, who, rung_dbm,
    bit_or(slots) AS slots,
    min(first_ms) AS first_ms,
    max(last_ms) AS last_ms,
    max(loudest_dbm) AS loudest_dbm
FROM noted
GROUP BY site, start_ms, lasting, who, rung_dbm
