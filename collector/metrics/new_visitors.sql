-- name: new_visitors
-- title: New visitors (panel, within the epoch)
-- unit: devices of the panel
-- people: yes
-- rests_on: new_visitors
-- counts: yes
-- interval: count
-- definition: visitors whose first visit of the epoch lies in the time asked for. The epoch is the time that a token lasts: a day,
--   unless the tenant says otherwise. Of days whose tokens have gone it is the day.
-- bias: new within the epoch, not new: who came yesterday is new today, because days are not linked.
-- source: Footfall's own definition
SELECT
    '' AS series, 'all' AS cell,
    count(DISTINCT CASE WHEN h.number = 1 THEN h.token END) AS value,
    CASE
        WHEN (SELECT min(start_ms) FROM asked) <= (
            SELECT min(w.start_ms) FROM all_windows AS w JOIN place AS p ON p.site = w.site
        ) THEN count(DISTINCT CASE WHEN h.number = 1 THEN h.token END) -- nobody was heard before: there is no rest
        ELSE least(
            count(DISTINCT CASE WHEN h.number = 1 THEN h.token END),
            count(DISTINCT h.token) - count(DISTINCT CASE WHEN h.number = 1 THEN h.token END)
        )
    END AS group_size
FROM history AS h
WHERE h.asked
