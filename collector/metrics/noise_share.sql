-- name: noise_share
-- title: Discarded frames
-- unit: share of frames
-- people: no
-- definition: frames that no number rests on, by reason, over all probe requests and malformed frames heard. malformed: not a
--   valid frame; overflow: no room in the window; keyless: heard without an epoch key; spoofed: heard in a time that is flagged
--   as spoofed or saturated air; the rest as the fold judged.
-- bias: none known; 60 to 70 % are usual in the field.
-- source: Footfall's own definition
WITH total AS (SELECT sum(probes + malformed) AS frames FROM windows)
SELECT '' AS series, reasons.reason AS cell, reasons.frames / total.frames AS value, NULL AS group_size
FROM (
    SELECT 'malformed' AS reason, sum(malformed) AS frames FROM windows
    UNION ALL SELECT 'overflow', sum(overflow) FROM windows
    UNION ALL SELECT 'keyless', sum(keyless) FROM windows
    UNION ALL SELECT 'spoofed', sum(w.probes) FROM windows AS w
    JOIN not_counted AS f ON f.sensor = w.sensor AND w.start_ms >= f.start_ms AND w.start_ms < f.end_ms
    UNION ALL SELECT reason, sum(frames) FROM visits WHERE outcome = 'noise' GROUP BY reason
) AS reasons
CROSS JOIN total
WHERE reasons.frames > 0
ORDER BY reasons.frames DESC, reasons.reason
