-- name: comers
-- definition: who made a visit in the time asked for: how many since the begin of the epoch, and the number of the first of
--   those in the time asked for.
-- inputs: history
SELECT token, max(number) AS visits, min(number) AS first_number
FROM history
WHERE asked
GROUP BY token
