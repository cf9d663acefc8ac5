-- name: alone
-- definition: stays that nothing is to be put together with: fresh ones of devices with no other stay that may grow, and open ones
--   of devices that have not been heard again.
-- inputs: fresh, growing (stays), met (stays of devices among both)
SELECT fresh.*
FROM fresh
WHERE NOT EXISTS (SELECT 1 FROM met WHERE met.site = fresh.site AND met.token = fresh.token)
UNION ALL
SELECT growing.*
FROM growing
WHERE NOT EXISTS (SELECT 1 FROM fresh AS f WHERE f.site = growing.site AND f.token = growing.token)
