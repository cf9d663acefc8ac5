-- name: panel_tokens
-- definition: every device that is no noise, and whether it is of the panel, and of the venue's own network.
-- inputs: visits
SELECT
    token,
    max(CASE WHEN panel THEN 1.0 ELSE 0.0 END) AS panel,
    max(CASE WHEN associated THEN 1.0 ELSE 0.0 END) AS associated
FROM visits
WHERE outcome <> 'noise'
GROUP BY token
