-- name: met
-- definition: open stays of devices that have been heard again. All other open stays are as they were, and are not made anew.
-- inputs: growing, fresh (stays)
SELECT growing.*
FROM growing
WHERE EXISTS (SELECT 1 FROM fresh AS f WHERE f.site = growing.site AND f.token = growing.token)
