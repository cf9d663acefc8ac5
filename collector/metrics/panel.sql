-- name: panel
-- title: The panel
-- unit: tokens; share of tokens
-- people: yes
-- rests_on: panel
-- counts: yes
-- withheld_with: visitors passers_by
-- definition: tokens of lasting addresses (globally administered, or associated) that are no noise: what dwell, visits and
--   entry rate rest on; and their share of all tokens that are no noise.
-- bias: older phones and some makes; their owners need not walk as others do.
-- source: Footfall's own definition; 5 of 22 labelled phones of 2021 showed a global address (measured)
SELECT '' AS series, 'size' AS cell, sum(panel) AS value, sum(panel) AS group_size, NULL AS of
FROM panel_tokens
UNION ALL
SELECT '', 'share', sum(panel) / count(*), sum(panel), count(*) FROM panel_tokens
