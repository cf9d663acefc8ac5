-- name: panel_tokens
-- definition: every device that is no noise, and whether it is of the panel.
-- inputs: visits
SELECT token, max(CASE WHEN panel THEN 1.0 ELSE 0.0 END) AS panel
FROM visits
WHERE outcome <> 'noise'
GROUP BY token
