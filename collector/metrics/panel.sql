-- name: panel
-- title: The panel
-- unit: tokens; share of tokens; tokens
-- people: yes
-- rests_on: panel
-- counts: yes
-- withheld_with: visitors passers_by
-- definition: tokens of lasting addresses (globally administered, or associated) that are no noise: what dwell, visits and
--   entry rate rest on; and their share of all tokens that are no noise, these to
--   the nearest multiple of twice the minimum group (else the discarded devices would follow); and how many of them joined the venue's own network
--   (associated), where the site has that switched on.
-- bias: older phones and some makes; their owners need not walk as others do.
-- source: Footfall's own definition; 5 of 22 labelled phones of 2021 showed a global address (measured)
SELECT '' AS series, 'size' AS cell, sum(panel) AS value, sum(panel) AS group_size, NULL AS of
FROM panel_tokens
UNION ALL
SELECT '', 'share', CASE WHEN whole > 0 THEN least(CAST(1 AS DOUBLE), CAST(sum(panel) AS DOUBLE) / whole) END, sum(panel), whole
FROM panel_tokens
CROSS JOIN (
    SELECT CAST(2 * max(p.minimum_group) * floor(count(*) / (2.0 * max(p.minimum_group)) + 0.5) AS DOUBLE) AS whole
    FROM panel_tokens CROSS JOIN place AS p
) AS near
GROUP BY whole
UNION ALL
SELECT '', 'associated', sum(associated), least(sum(associated), sum(panel) - sum(associated)), NULL
FROM panel_tokens
HAVING sum(associated) > 0
