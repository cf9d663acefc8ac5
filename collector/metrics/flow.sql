-- name: flow
-- title: All people (estimate)
-- unit: people; people; share of people; people
-- people: yes
-- rests_on: visitors passers_by
-- interval: own
-- definition: visitors, passers-by and entry rate of all people, with a phone that can be followed or not. Visitors are estimated
--   in two ways: by level (bursts heard inside / bursts a visitor shows in a minute / mean stay: Little's law) and by panel
--   (its visits, mended for those that were missed / visits of the panel a visitor); the first line weighs both by what is known
--   of each, and holds both where they do not meet. Rates are documented priors until somebody counts at the door. by_people,
--   where people present are estimated, is those over the mean stay; staff are among them, so it is shown and not weighed in.
--   Visits are those of the minute inside, whatever a site's classifier says. No rows of fewer than ten visits.
-- bias: without counts at the door off by a factor of two, and the interval says so. Staff whose phones randomise, and bursts that
--   the street brings in, read as visitors until counts of a quiet and of a busy time tell them apart.
-- source: Little 1961, "A proof for the queuing formula L = lambda W"; docs/decisions/047; measured in docs/accuracy.md
SELECT series, cell, value, group_size, NULL AS of, low, high
FROM flowed
ORDER BY place
