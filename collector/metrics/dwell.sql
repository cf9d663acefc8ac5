-- name: dwell
-- title: Dwell (panel)
-- unit: s
-- people: yes
-- rests_on: visitors
-- interval: own
-- definition: time between the first and the last signal inside of a visit: mean, median and 90th percentile. Intervals of 90 %:
--   of the mean by the normal distribution, of the others by ranks; none where so few visits do not give one.
-- bias: reads up to two minutes short (a phone is heard once or twice a minute); shorter visits are not in it. A fixed
--   device counts until it is known for one, so a day that still runs reads long.
-- source: Footfall's own definition; intervals of percentiles by ranks: Conover, Practical Nonparametric Statistics
WITH ranked AS (
    SELECT
        token, dwell_ms, dwell_s,
        row_number() OVER (ORDER BY dwell_ms, token, start_ms) AS place,
        count(*) OVER () AS visits
    FROM told_visits
),
whole AS ( -- of whole milliseconds: the same whatever the order of the rows
    SELECT
        sum(dwell_ms) / (1000.0 * count(*)) AS mean_s,
        1.645 * stddev_samp(dwell_s) / sqrt(count(*)) AS half_s,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY dwell_s) AS median_s,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY dwell_s) AS p90_s,
        max(CASE WHEN place = floor(0.5 * visits - 1.645 * sqrt(0.25 * visits)) THEN dwell_s END) AS median_low_s,
        max(CASE WHEN place = ceil(0.5 * visits + 1.645 * sqrt(0.25 * visits)) + 1 THEN dwell_s END) AS median_high_s,
        max(CASE WHEN place = floor(0.9 * visits - 1.645 * sqrt(0.09 * visits)) THEN dwell_s END) AS p90_low_s,
        max(CASE WHEN place = ceil(0.9 * visits + 1.645 * sqrt(0.09 * visits)) + 1 THEN dwell_s END) AS p90_high_s,
        count(DISTINCT token) AS visitors
    FROM ranked
)
SELECT '' AS series, 'mean' AS cell, mean_s AS value, visitors AS group_size, NULL AS of,
    CASE WHEN half_s IS NOT NULL THEN greatest(0, mean_s - half_s) END AS low, mean_s + half_s AS high
FROM whole
UNION ALL
SELECT '', 'median', median_s, visitors, NULL, median_low_s, median_high_s FROM whole
UNION ALL
SELECT '', 'p90', p90_s, visitors, NULL, p90_low_s, p90_high_s FROM whole
