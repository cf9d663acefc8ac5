-- name: flow
-- title: All people (levels and panel)
-- unit: people; people; share of people
-- people: yes
-- rests_on: visitors passers_by
-- interval: own
-- definition: visitors, passers-by and entry rate of all people, by Little's law: people present, summed over time / how long one of
--   them is present. The first is the estimate of people inside and outside, the second the panel's mean dwell, and for
--   passers-by the mean time that one is heard, at least half a minute (a window). The interval takes both ends of both.
--   No rows where nobody estimates people. Fewer people than the minimum group are not told of, however many are estimated from.
-- bias: takes the panel's times for everybody's. Where it and the panel's own figure disagree the report says so.
-- source: Little 1961, "A proof for the queuing formula L = lambda W"
WITH present AS (
    SELECT
        l.part,
        sum(l.people * (l.end_ms - l.start_ms)) AS ms,
        sum(l.low * (l.end_ms - l.start_ms)) AS low_ms,
        sum(l.high * (l.end_ms - l.start_ms)) AS high_ms
    FROM levels AS l
    JOIN place AS p ON p.site = l.site
    JOIN asked AS a ON l.start_ms >= a.start_ms AND l.start_ms < a.end_ms
    GROUP BY l.part
),
times AS (
    SELECT 'inside' AS part, token, dwell_ms AS ms FROM dwells
    UNION ALL
    SELECT 'outside', token, greatest(end_ms - start_ms, 30000) FROM visits WHERE outcome = 'passer_by'
),
mean AS (
    SELECT
        part, sum(ms) / (1.0 * count(*)) AS ms, 1.645 * stddev_samp(ms) / sqrt(count(*)) AS half_ms,
        count(DISTINCT token) AS people
    FROM times
    GROUP BY part
),
flows AS (
    SELECT
        p.part, p.ms / m.ms AS people, p.low_ms / (m.ms + m.half_ms) AS low,
        p.high_ms / greatest(m.ms - m.half_ms, 1000) AS high,
        -- the fewer of those it rests on and those it tells of
        least(m.people, CAST(floor(p.ms / m.ms) AS BIGINT)) AS group_size
    FROM present AS p
    JOIN mean AS m ON m.part = p.part
)
SELECT '' AS series, 'visitors' AS cell, people AS value, group_size, NULL AS of, low, high
FROM flows WHERE part = 'inside'
UNION ALL
SELECT '', 'passers_by', people, group_size, NULL, low, high
FROM flows WHERE part = 'outside'
UNION ALL
SELECT '', 'entry_rate', i.people / (i.people + o.people), least(i.group_size, o.group_size), NULL,
    i.low / (i.low + o.high), i.high / (i.high + o.low)
FROM flows AS i CROSS JOIN flows AS o
WHERE i.part = 'inside' AND o.part = 'outside' AND i.low + o.low > 0
