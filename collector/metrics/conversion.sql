-- name: conversion
-- title: Conversion
-- unit: transactions a visitor of the panel; transactions a visitor
-- people: yes
-- rests_on: visitors
-- interval: own
-- definition: imported transactions / visitors: panel, by visitors of the panel; all, by all visitors (see flow), where people are
--   estimated. No value where no transactions were imported for the time.
-- bias: the panel is a part of the visitors, about one in five, so the first reads several times too high: compare it with
--   itself only. Families and groups buy once.
-- source: Footfall's own definition
WITH sold AS (
    SELECT sum(t.transactions) AS transactions
    FROM transactions AS t
    JOIN asked AS a ON t.start_ms >= a.start_ms AND t.start_ms < a.end_ms
),
came AS (
    SELECT count(DISTINCT token) AS visitors, sum(dwell_ms) / (1.0 * count(*)) AS ms,
        1.645 * stddev_samp(dwell_ms) / sqrt(count(*)) AS half_ms
    FROM dwells
),
present AS (
    SELECT
        sum(l.people * (l.end_ms - l.start_ms)) AS ms, sum(l.low * (l.end_ms - l.start_ms)) AS low_ms,
        sum(l.high * (l.end_ms - l.start_ms)) AS high_ms
    FROM levels AS l
    JOIN place AS p ON p.site = l.site
    JOIN asked AS a ON l.start_ms >= a.start_ms AND l.start_ms < a.end_ms
    WHERE l.part = 'inside'
)
SELECT
    '' AS series, 'panel' AS cell, s.transactions / (1.0 * nullif(c.visitors, 0)) AS value,
    CASE WHEN s.transactions IS NOT NULL THEN c.visitors END AS group_size,
    NULL AS of, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM sold AS s CROSS JOIN came AS c
UNION ALL
SELECT
    '', 'all', s.transactions * c.ms / nullif(p.ms, 0),
    CASE WHEN s.transactions IS NOT NULL AND p.ms IS NOT NULL THEN c.visitors END, NULL,
    s.transactions * greatest(c.ms - c.half_ms, 1000) / nullif(p.high_ms, 0),
    s.transactions * (c.ms + c.half_ms) / nullif(p.low_ms, 0)
FROM sold AS s CROSS JOIN came AS c CROSS JOIN present AS p
