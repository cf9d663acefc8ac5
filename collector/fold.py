"""The fold: a day's sightings become its visits, once, and are kept; done again when more of that day have come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from . import calendar
from .flags import NOT_COUNTED, Degraded
from .manifest import StoredFile
from .metrics import sql_text
from .registry import Site, Tenant
from .store import SIGHTINGS, VISITS, Store

MEMORY_LIMIT = "2GB"  # DuckDB spills to disk beyond it
COUNTED = """CREATE VIEW sightings AS SELECT * FROM all_sightings AS s WHERE NOT EXISTS (
    SELECT 1 FROM not_counted AS f
    WHERE f.sensor = s.sensor AND s.first_ms >= f.start_ms AND s.first_ms < f.end_ms
)"""


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own, in memory."""
    connection = duckdb.connect(config={"memory_limit": MEMORY_LIMIT})
    try:
        yield connection
    finally:
        connection.close()


def places(sites: list[Site]) -> "pa.Table":
    """The thresholds of each site, as the SQL wants them: a row a site, times in milliseconds."""
    return pa.table(
        {
            "site": [site.name for site in sites],
            "seen_dbm": pa.array([site.seen_dbm for site in sites], pa.int32()),
            "inside_dbm": pa.array([site.inside_dbm for site in sites], pa.int32()),
            "visit_min_ms": pa.array([site.visit_min_s * 1000 for site in sites], pa.int64()),
            "visit_gap_ms": pa.array([site.visit_gap_s * 1000 for site in sites], pa.int64()),
            "fixed_h": pa.array([site.fixed_h for site in sites], pa.int32()),
        }
    )


def opening(sites: list[Site], span: calendar.Span) -> "pa.Table":
    """When each site is open within `span`: rows (site, start_ms, end_ms)."""
    rows = [
        (site.name, open_.start_ms, open_.end_ms)
        for site in sites
        for open_ in calendar.opening(span, site.time_zone, site.opens, site.closes)
    ]
    return pa.table(
        {
            "site": pa.array([row[0] for row in rows], pa.string()),
            "start_ms": pa.array([row[1] for row in rows], pa.int64()),
            "end_ms": pa.array([row[2] for row in rows], pa.int64()),
        }
    )


def not_counted(flagged: Sequence[Degraded]) -> "pa.Table":
    """Times in which what a sensor heard is kept and not counted: rows (sensor, start_ms, end_ms)."""
    rows = [one for one in flagged if one.reason in NOT_COUNTED]
    return pa.table(
        {
            "sensor": pa.array([row.sensor for row in rows], pa.string()),
            "start_ms": pa.array([row.start_ms for row in rows], pa.int64()),
            "end_ms": pa.array([row.end_ms for row in rows], pa.int64()),
        }
    )


def visits(
    files: list[StoredFile], sites: list[Site], day: calendar.Span, flagged: Sequence[Degraded] = ()
) -> "pa.Table":
    """The visits in a day's sightings without those of flagged times. See metrics/fold.sql for the columns."""
    with engine() as connection:
        connection.register("places", places(sites))
        connection.register("opening", opening(sites, day))
        connection.register("not_counted", not_counted(flagged))
        connection.read_parquet([str(file.path) for file in files]).create_view("all_sightings")
        connection.execute(COUNTED)
        return connection.sql(sql_text("fold")).to_arrow_table()


def refresh(store: Store, tenant: Tenant, sites: list[Site], now_ms: int) -> list[str]:
    """Fold every business day whose sightings are newer than its visits. Returns those days."""
    folded = {file.day: file.covers_id or 0 for file in store.manifest.files(tenant.name, VISITS)}
    by_day: dict[str, list[StoredFile]] = {}
    for file in store.manifest.files(tenant.name, SIGHTINGS):
        by_day.setdefault(file.day, []).append(file)
    stale = [day for day, files in by_day.items() if max(file.id for file in files) > folded.get(day, -1)]
    for day in stale:
        files = by_day[day]
        span = calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h)
        table = visits(files, sites, span, store.flags.within(tenant.name, span))
        store.replace_visits(tenant.name, day, table, max(file.id for file in files), now_ms)
    return stale
