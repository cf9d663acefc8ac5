-- name: touched
-- definition: closed stays, and whether something that came late lies within their gap: then they grow and are made again.
-- inputs: closed, fresh (stays), places (a row a site)
SELECT
    closed.*,
    EXISTS (
        SELECT 1
        FROM fresh AS f
        JOIN places AS p ON p.site = f.site
        WHERE f.site = closed.site AND f.token = closed.token
            AND f.start_ms - closed.end_ms <= p.visit_gap_ms AND closed.start_ms - f.end_ms <= p.visit_gap_ms
    ) AS touched
FROM closed
