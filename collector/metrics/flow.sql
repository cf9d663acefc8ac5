-- name: flow
-- title: All people (estimate)
-- unit: people; people; share of people; s; people
-- people: yes
-- rests_on: visitors passers_by
-- interval: own
-- definition: visitors, passers-by and entry rate of all people, with a phone that can be followed or not. Visitors are estimated
--   in two ways: by level (bursts heard inside / bursts a visitor shows in a minute / mean stay: Little's law) and by panel
--   (its visits, mended for those that were missed / visits of the panel a visitor); the first line is the median of the numbers that
--   fit both, and its interval holds both where they do not meet. Rates are documented priors until somebody counts at the door;
--   then hours are compared with the same hour of the counted days. by_people,
--   where people present are estimated, is those over the mean stay; staff are among them, so it is shown and not weighed in.
--   stay_median: of all stays of a minute or more, mended for the silence at both ends and for short visits that nobody heard. What
--   visits of the week before tell, of days that have ended, is its prior: days' medians are taken to differ by 15 % (sd).
--   Visits are those of the minute inside, whatever a site's classifier says. No rows of fewer than ten visits.
-- bias: without counts at the door off by a factor of two, and the interval says so. Staff whose phones randomise, and bursts that
--   the street brings in, read as visitors until counts of a quiet and of a busy day, at the same hours, tell them apart; before
--   that two such people are taken to be there. Days with other staff than the counted ones read high or low by them.
-- source: Little 1961, "A proof for the queuing formula L = lambda W"; docs/decisions/047 and 075; measured in docs/accuracy.md
SELECT series, cell, value, group_size, NULL AS of, low, high
FROM flowed
ORDER BY place
