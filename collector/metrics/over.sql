-- name: over
-- definition: stays, and whether each is over: silent for its site's gap and for as long again as late batches mostly take.
-- inputs: joined (stays), places (a row a site), settling (settle_ms)
SELECT
    joined.*,
    end_ms + p.visit_gap_ms + settle_ms < (SELECT max(end_ms) FROM joined) AS over
FROM joined
JOIN places AS p ON p.site = joined.site
CROSS JOIN settling
ORDER BY joined.site, token, start_ms
