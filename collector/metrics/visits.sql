-- name: visits
-- title: Visits (panel)
-- unit: visits
-- people: yes
-- definition: stays inside (at or above the site's inside level) for at least visit_min; a stay ends after visit_gap of silence.
-- bias: the panel only; a visitor who is silent for longer than visit_gap makes two visits.
-- source: design section 7; thresholds as Cloud4Wi's (15 min silence) and analytics4wifi's, peers' help pages
SELECT '' AS series, 'all' AS cell, count(*) AS value, count(DISTINCT token) AS group_size
FROM visits
WHERE outcome = 'visit'
