-- name: intersections_estimate
-- title: Seen at other sites (estimate, within the epoch)
-- unit: share of visitors
-- people: yes
-- rests_on: intersections only_here only_there visitors
-- interval: own
-- definition: the panel's share of intersections, mended for the visits that the other site did not hear as one: over the chance that
--   a visit there is heard, which follows from how long visits there last and how often phones send (see flow). The interval holds the
--   chance of so few visitors (Wilson's) and what is not known of the visits that were missed. No value where the other site has fewer
--   than ten visits. Told to three digits, and withheld where intersections is.
-- bias: phones of the panel stand for all visitors. Who was heard at this site is taken to be missed at the other as often as anybody;
--   visitors whose phones send often are heard at both. A day tells little: add up days until the panel has some 275 visitors, five
--   days of 400. Page and report say "add days" where the interval is wider than half of the share.
-- source: docs/decisions/085; measured in simulated shops, docs/accuracy.md
SELECT '' AS series, site AS cell, value, group_size, CAST(NULL AS DOUBLE) AS of, low, high
FROM crossed
ORDER BY site
