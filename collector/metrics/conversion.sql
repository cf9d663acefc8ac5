-- name: conversion
-- title: Conversion
-- unit: transactions a visitor of the panel; transactions a visitor
-- people: yes
-- rests_on: visitors
-- interval: own
-- definition: imported transactions / visitors: panel, by visitors of the panel; all, by all visitors (see flow). No value where no transactions were imported for the time.
-- bias: the panel is a part of the visitors, about one in five, so the first reads several times too high: compare it with
--   itself only. Families and groups buy once.
-- source: Footfall's own definition
WITH sold AS (
    SELECT sum(t.transactions) AS transactions
    FROM transactions AS t
    JOIN asked AS a ON t.start_ms >= a.start_ms AND t.start_ms < a.end_ms
),
came AS (
    SELECT count(DISTINCT token) AS visitors FROM dwells
)
SELECT
    '' AS series, 'panel' AS cell, s.transactions / (1.0 * nullif(c.visitors, 0)) AS value,
    CASE WHEN s.transactions IS NOT NULL THEN c.visitors END AS group_size,
    c.visitors AS of, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM sold AS s CROSS JOIN came AS c
UNION ALL
SELECT
    '', 'all', s.transactions / nullif(f.value, 0),
    CASE WHEN s.transactions IS NOT NULL THEN f.group_size END, NULL,
    s.transactions / nullif(f.high, 0), s.transactions / nullif(f.low, 0)
FROM sold AS s CROSS JOIN flowed AS f
WHERE f.series = '' AND f.cell = 'visitors'
