"""The fold: sightings become stays, once, as they come; and stays are judged when somebody asks.

A day's stays lie in files of two kinds. `open_stays`, one a day, holds those that may still grow; `stays` those that
have been silent for longer than their site's gap. Each turn takes only the sightings that have come since the last one
and the open stays. A batch that comes late opens again just the closed stays that it touches. Which sightings a day's
stays rest on is said with the files, in the same transaction: a crash leaves the state before a turn, or after it.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa

from .. import calendar
from ..classifying import model
from ..metrics import sql_text
from ..records.registry import Site, Tenant
from ..storage import engines
from ..storage.desk import MEMORY_LIMIT
from ..storage.manifest import StoredFile
from ..storage.shelf import readable
from ..storage.store import OPEN_STAYS, SIGHTINGS, STAYS, VISITS, Store
from .turn import Turn

CLOSED_H = 3  # heard in so many different hours while closed: a fixed device
STAFF_DAYS = 3  # of an epoch, at opening or closing: staff
EDGE_MS = 30 * 60 * 1000  # around opening and closing
STRAY_DB = 5  # above seen_dbm: a single frame below is a stray one
BURST_MS = 1000  # addresses of one model class that begin within it are one phone's burst: see sensor's BURST_GAP_MS
# Of a turn, after a long silence: the open stays carry on from one turn to the next, so the result is the same, and
# the memory is that of one turn.
ROWS_MAX = 2_000_000
SPARK_ROWS_MAX = 8_000_000  # its workers share a turn's rows; this process holds the stays that come of them


@contextmanager
def engine(threads: int = 0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own, in memory. What cannot be read with it is a StoreError.

    threads: 0 = as many as there are cores.
    What does not fit spills into a temporary folder of its own (TMPDIR), which goes with it: DuckDB's default, `.tmp`
    in the working directory, cannot be written in a unit with ProtectSystem=strict.
    """
    with tempfile.TemporaryDirectory(prefix="footfall-fold-", ignore_cleanup_errors=True) as spill:
        config: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, "temp_directory": spill}
        connection = duckdb.connect(config=config | ({"threads": threads} if threads else {}))
        try:
            with readable():
                yield connection
        finally:
            connection.close()


def places(sites: Sequence[Site]) -> "pa.Table":
    """The thresholds of each site, as the SQL wants them: a row a site, times in milliseconds."""
    return pa.table(
        {
            "site": pa.array([site.name for site in sites], pa.string()),
            "seen_dbm": pa.array([site.seen_dbm for site in sites], pa.int32()),
            "inside_dbm": pa.array([site.inside_dbm for site in sites], pa.int32()),
            "visit_min_ms": pa.array([site.visit_min_s * 1000 for site in sites], pa.int64()),
            "visit_gap_ms": pa.array([site.visit_gap_s * 1000 for site in sites], pa.int64()),
            "fixed_h": pa.array([site.fixed_h for site in sites], pa.int32()),
            "staff_h": pa.array([site.staff_h for site in sites], pa.int32()),
            "stray_dbm": pa.array([site.seen_dbm + STRAY_DB for site in sites], pa.int32()),
            "closed_h": pa.array([CLOSED_H] * len(sites), pa.int32()),
            "staff_days": pa.array([STAFF_DAYS] * len(sites), pa.int32()),
            "burst_ms": pa.array([BURST_MS] * len(sites), pa.int64()),
        }
    )


def opening(sites: Sequence[Site], span: calendar.Span) -> "pa.Table":
    """When each site is open within `span`: rows (site, start_ms, end_ms, edge_ms).

    edge_ms: how long around its beginning and end only those who work there are mostly inside; 0 where it never closes.
    """
    rows = [
        (site.name, open_.start_ms, open_.end_ms, _edge_ms(site, open_))
        for site in sites
        for open_ in calendar.opening(span, site.time_zone, site.opens, site.closes)
    ]
    return pa.table(
        {
            "site": pa.array([row[0] for row in rows], pa.string()),
            "start_ms": pa.array([row[1] for row in rows], pa.int64()),
            "end_ms": pa.array([row[2] for row in rows], pa.int64()),
            "edge_ms": pa.array([row[3] for row in rows], pa.int64()),
        }
    )


def _edge_ms(site: Site, open_: calendar.Span) -> int:
    return 0 if site.opens is None else min(EDGE_MS, (open_.end_ms - open_.start_ms) // 8)


def refresh(
    store: Store,
    tenant: Tenant,
    sites: Sequence[Site],
    now_ms: int,
    engine_name: str = engines.DUCKDB,
    *,
    threads: int = 0,
    turns: int | None = None,
) -> list[str]:
    """Fold what has come since the last time. Returns the business days that have changed.

    engine_name: which engine makes the stays; they are the same. threads: of a DuckDB, 0 = as many as there are cores.
    turns: no more than so many, the rest is left to the next time.
    Raises StoreError, and QueryError where Spark is asked for and cannot run here.
    """
    store.tidy(now_ms)
    folded = [file for kind in (STAYS, OPEN_STAYS) for file in store.manifest.files(tenant.name, kind)]
    covered: dict[str, int] = {}
    for file in folded:
        covered[file.day] = max(covered.get(file.day, 0), file.covers_id or 0)
    fresh: dict[str, list[StoredFile]] = {}
    ended = set(store.manifest.days(tenant.name, VISITS))  # what comes for them now is retention's to settle
    for file in store.manifest.files(tenant.name, SIGHTINGS):
        compacted = file.covers_id is not None
        if file.id > covered.get(file.day, -1) and not compacted and file.day not in ended:
            fresh.setdefault(file.day, []).append(file)
    changed: list[str] = []
    for day, files in fresh.items():
        all_turns = _turns(files, SPARK_ROWS_MAX if engine_name == engines.SPARK else ROWS_MAX)
        some = list(islice(all_turns, turns))
        taken = _fold_day(store, tenant, sites, day, some, covered.get(day, -1), now_ms, engine_name, threads)
        if taken:
            changed.append(day)
        if turns is not None and (turns := turns - taken) <= 0:
            break
    return changed


def _fold_day(
    store: Store,
    tenant: Tenant,
    sites: Sequence[Site],
    day: str,
    turns: Sequence[Sequence[StoredFile]],
    covers_id: int,
    now_ms: int,
    engine_name: str,
    threads: int,
) -> int:
    """Fold a day's new files, turn by turn. covers_id: what the day rests on so far. Returns how many were taken."""
    span = calendar.day_named(day, tenant.time_zone, tenant.epoch_turn_h)
    taken = 0
    for files in turns:
        folded = [file for kind in (STAYS, OPEN_STAYS) for file in store.manifest.files(tenant.name, kind, [day])]
        if max((file.covers_id or 0 for file in folded), default=-1) != covers_id:
            break  # another process is at this day
        with folding(store, engine_name, sum(file.rows for file in files), threads) as made:
            if not Turn(made, store, tenant.name, span, places(sites)).take(files, folded, now_ms):
                break
        covers_id = max(file.id for file in files)
        taken += 1
    return taken


@contextmanager
def folding(store: Store, name: str, rows: int, threads: int = 0) -> Iterator[engines.Engine]:
    """The engine of this name for one turn over so many rows."""
    if name == engines.DUCKDB:
        with engine(threads) as connection:
            yield engines.Duck(store, connection)
        return
    spark = engines.open_engine(engines.SPARK, store, rows)
    try:
        yield spark
    finally:
        spark.close()


def _turns(files: Sequence[StoredFile], rows_max: int) -> Iterator[list[StoredFile]]:
    """The files in the order of their ids, no more than rows_max rows at once unless one alone has more."""
    some: list[StoredFile] = []
    for file in files:
        if some and sum(one.rows for one in some) + file.rows > rows_max:
            yield some
            some = []
        some.append(file)
    if some:
        yield some


def judge(connection: duckdb.DuckDBPyConnection, sites: Sequence[Site], span: calendar.Span) -> None:
    """Make the table `visits_judged` out of the view `stays`: each with its outcome. See metrics/judge.sql.

    span: the whole of the business days that the stays belong to.
    """
    rules = judged_by(sites, span)
    for name, table in rules.items():
        connection.register(name, table)
    connection.execute(f"CREATE OR REPLACE TABLE visits_judged AS {sql_text('judge')}")
    for name in rules:
        connection.unregister(name)


def judged_by(sites: Sequence[Site], span: calendar.Span) -> dict[str, "pa.Table"]:
    """The tables beside `stays` that metrics/judge.sql reads, by name; span as for `judge`."""
    return {"places": places(sites), "opening": opening(sites, span), "leaves": model.table(sites)}
