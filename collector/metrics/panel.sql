-- name: panel
-- title: The panel
-- unit: tokens; share of tokens; tokens
-- people: yes
-- rests_on: panel
-- counts: yes
-- withheld_with: visitors passers_by
-- definition: tokens of lasting addresses (globally administered, or associated) that are no noise: what dwell, visits and
--   entry rate rest on; and their share of all tokens that are no noise; and how many of them joined the venue's own network
--   (associated), where the site has that switched on.
-- bias: older phones and some makes; their owners need not walk as others do.
-- source: Footfall's own definition; 5 of 22 labelled phones of 2021 showed a global address (measured)
SELECT '' AS series, 'size' AS cell, sum(panel) AS value, sum(panel) AS group_size, NULL AS of
FROM panel_tokens
UNION ALL
SELECT '', 'share', sum(panel) / count(*), sum(panel), count(*) FROM panel_tokens
UNION ALL
SELECT '', 'associated', sum(associated), least(sum(associated), sum(panel) - sum(associated)), NULL
FROM panel_tokens
HAVING sum(associated) > 0
