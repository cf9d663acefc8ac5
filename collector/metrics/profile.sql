-- name: profile
-- title: The usual day and week (panel)
-- unit: mean devices of the panel
-- people: yes
-- rests_on: profile
-- parts: yes
-- counts: yes
-- sums: hourly visitors
-- definition: visitors by the hour of the day and by the day of the week (0 is Monday) in which their visits begin, in the site's
--   own time: mean over the hours, and days, of that name with any window from a sensor. An hour of the day is
--   withheld too where one alone of its hours is withheld hour by hour, or several that are too few: they would be the rest.
-- bias: as visitors. A day of which only a part was heard counts as a day. The hour that a clock shows twice in autumn counts
--   as two. Exports round it as a count: of a single day the mean is the day's exact number.
-- source: Footfall's own definition
WITH heard AS (
    SELECT h.name, h.start_ms, h.end_ms, h.hour_of_day, h.weekday, substr(h.name, 1, 10) AS local_day
    FROM heard_hours AS h
    WHERE h.windows > 0
),
begun AS (
    SELECT h.name, h.hour_of_day, h.weekday, h.local_day, v.token
    FROM heard AS h
    JOIN visits AS v ON v.hour = h.name
    WHERE v.outcome = 'visit'
    GROUP BY h.name, h.hour_of_day, h.weekday, h.local_day, v.token
),
by_hour AS (
    SELECT hour_of_day, count(*) AS visitors, count(DISTINCT token) AS people FROM begun GROUP BY hour_of_day
),
by_day AS (
    SELECT weekday, count(*) AS visitors, sum(people) AS people
    FROM (SELECT weekday, local_day, token, 1 AS people FROM begun GROUP BY weekday, local_day, token) AS days
    GROUP BY weekday
)
SELECT 'hour_of_day' AS series, lpad(CAST(t.hour_of_day AS VARCHAR), 2, '0') AS cell,
    coalesce(b.visitors, 0) / (1.0 * t.times) AS value, coalesce(b.people, 0) AS group_size
FROM (SELECT hour_of_day, count(*) AS times FROM heard GROUP BY hour_of_day) AS t
LEFT JOIN by_hour AS b ON b.hour_of_day = t.hour_of_day
UNION ALL
SELECT 'weekday', CAST(t.weekday AS VARCHAR), coalesce(b.visitors, 0) / (1.0 * t.times), coalesce(b.people, 0)
FROM (SELECT weekday, count(DISTINCT local_day) AS times FROM heard GROUP BY weekday) AS t
LEFT JOIN by_day AS b ON b.weekday = t.weekday
ORDER BY 1, 2
