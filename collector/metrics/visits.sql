-- name: visits
-- title: Visits (panel)
-- unit: visits
-- people: yes
-- rests_on: visitors
-- counts: yes
-- interval: count
-- definition: stays inside (at or above the site's inside level) for at least a
--   minute (visit_min_s); a stay ends after 15 minutes of silence (visit_gap_s). Where too few made a second visit (or a third),
--   these are left out of this number and of all that rest on visits: with the visitors they would tell how few.
-- bias: the panel only; a visitor who is silent for longer makes two visits, and so does one who stays over the turn of
--   the epoch, because tokens change there.
-- source: Footfall's own definition; thresholds as Cloud4Wi's (15 min silence) and analytics4wifi's, peers' help pages
SELECT '' AS series, 'all' AS cell, count(*) AS value, count(DISTINCT token) AS group_size
FROM told_visits
