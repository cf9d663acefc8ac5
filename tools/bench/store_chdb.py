"""The fold in chDB: the statements of collector/metrics (heard, stays) in ClickHouse's words, over the same files."""

from collections.abc import Sequence
from pathlib import Path

from collector.records.registry import Site

# What both folds are compared by. A day is one query, so it needs no column.
COLUMNS = (
    "site, token, start_ms, end_ms, inside_start_ms, inside_end_ms, frames, rssi_max_dbm, randomised, associated, "
    "hours, inside_slots, model_class"
)

# An aggregate's alias may not be called like a column that another one reads: hence the first letters.
FOLD = """
INSERT INTO FUNCTION file('{out}', Parquet)
WITH places AS (SELECT * FROM values('site String, inside_dbm Int32, visit_gap_ms Int64', {places})),
pieces AS (
    SELECT
        s.site AS site, s.token AS token,
        min(s.first_ms) AS p_start,
        max(s.last_ms) AS p_end,
        min(if(s.rssi_max_dbm >= p.inside_dbm, s.first_ms, NULL)) AS p_inside_start,
        max(if(s.rssi_max_dbm >= p.inside_dbm, s.last_ms, NULL)) AS p_inside_end,
        sum(s.frames) AS p_frames,
        max(s.rssi_max_dbm) AS p_rssi,
        max(s.randomised) AS p_randomised,
        max(s.associated) AS p_associated,
        groupBitOr(bitShiftLeft(toInt64(1), intDiv(assumeNotNull(s.first_ms), 3600000) - {first_hour})) AS p_hours,
        groupBitOr(if(s.rssi_max_dbm >= p.inside_dbm,
            bitShiftLeft(toInt64(1), intDiv(assumeNotNull(s.first_ms), 30000) % 62), 0)) AS p_slots,
        min(s.model_class) AS p_class,
        any(p.visit_gap_ms) AS gap_ms
    FROM file('{files}', Parquet) AS s
    INNER JOIN places AS p ON p.site = s.site
    GROUP BY s.site, s.token, intDiv(s.first_ms, p.visit_gap_ms)
),
ordered AS (
    SELECT *, max(p_end) OVER (
        PARTITION BY site, token ORDER BY p_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS silent_since
    FROM pieces
),
numbered AS (
    SELECT *, sum(if(isNull(silent_since) OR p_start - silent_since > gap_ms, 1, 0)) OVER (
        PARTITION BY site, token ORDER BY p_start ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS stay
    FROM ordered
)
SELECT
    site, token,
    min(p_start) AS start_ms,
    max(p_end) AS end_ms,
    min(p_inside_start) AS inside_start_ms,
    max(p_inside_end) AS inside_end_ms,
    toInt64(sum(p_frames)) AS frames,
    max(p_rssi) AS rssi_max_dbm,
    max(p_randomised) AS randomised,
    max(p_associated) AS associated,
    groupBitOr(p_hours) AS hours,
    groupBitOr(p_slots) AS inside_slots,
    min(p_class) AS model_class
FROM numbered
GROUP BY site, token, stay
"""


def fold_day(files: Path, out: Path, sites: Sequence[Site], first_hour: int) -> None:
    """Write the stays of the sightings in the folder `files` to the new file `out`. first_hour: hours since 1970."""
    import chdb  # noqa: PLC0415 - a peer; it takes a second to load

    places = ", ".join(f"('{site.name}', {site.inside_dbm}, {site.visit_gap_s * 1000})" for site in sites)
    chdb.query(FOLD.format(out=out, places=places, first_hour=first_hour, files=files / "*.parquet"))
