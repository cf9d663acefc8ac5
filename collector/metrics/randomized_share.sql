-- name: randomized_share
-- title: Randomised addresses
-- unit: share of tokens
-- people: yes
-- rests_on: devices_seen
-- withheld_with: visitors passers_by
-- definition: tokens of locally administered addresses, to the nearest multiple of twice the minimum group (else the lasting
--   devices that are discarded would follow) / all tokens.
-- bias: counts addresses, so a phone that randomises weighs as often as it changed.
-- source: IEEE 802 U/L bit
SELECT
    '' AS series, 'all' AS cell,
    least(
        CAST(1 AS DOUBLE),
        CAST(2 * min(minimum_group) * floor(sum(randomised) / (2.0 * min(minimum_group)) + 0.5) AS DOUBLE) / count(*)
    ) AS value,
    count(*) AS group_size,
    count(*) AS of
FROM (
    SELECT token, max(CASE WHEN randomised THEN 1.0 ELSE 0.0 END) AS randomised
    FROM visits
    GROUP BY token
) AS tokens
CROSS JOIN place
