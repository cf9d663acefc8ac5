-- name: over
-- definition: stays, and whether each is over: silent for its site's gap and for as long again as late batches mostly take.
-- inputs: joined (stays), places (a row a site), settling (settle_ms, last_ms: when anything was heard last)
SELECT joined.*, end_ms + p.visit_gap_ms + s.settle_ms < s.last_ms AS over
FROM joined
JOIN places AS p ON p.site = joined.site
CROSS JOIN settling AS s
