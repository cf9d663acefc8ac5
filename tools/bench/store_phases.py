"""The phases of the store benchmark, each in a process of its own, so that each has a peak of memory of its own.

python -m tools.bench.store_phases PHASE FOLDER ROWS     prints a JSON object: s, cpu_s, rss_mib and what was found
"""

import json
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import duckdb

from collector import calendar
from collector import folder as folders
from collector.folder import Collector
from collector.housekeeping import compaction, retention
from collector.records.registry import Site, Tenant
from collector.reporting import report
from collector.stays import fold
from collector.storage.store import KINDS, OPEN_STAYS, SIGHTINGS, STAYS, WINDOWS
from tools.bench import store_chdb
from tools.bench.store_fill import ON_THE_WAY, TENANT, Shape, day_names, fill, later_ms, site_name

SCANNED = (
    *("site", "token", "first_ms", "last_ms", "frames"),
    *("rssi_max_dbm", "randomised", "associated", "model_class"),
)
REPORTS = 3  # the median counts

Found = dict[str, float]
Phase = Callable[[Collector, Shape], Found | None]


def scan(collector: Collector, _: Shape) -> None:
    """The columns that the fold reads, by a bare DuckDB with its own defaults."""
    what = ", ".join(f"max({name})" for name in SCANNED)
    with duckdb.connect() as connection:
        files = collector.store.manifest.files(TENANT, SIGHTINGS)
        collector.store.read(connection, files).aggregate(what).fetchall()


def fold_all(collector: Collector, shape: Shape) -> Found:
    """The collector's own fold of all that was committed."""
    days = fold.refresh(collector.store, *_whose(collector), later_ms(shape))
    files = [file for kind in (STAYS, OPEN_STAYS) for file in collector.store.manifest.files(TENANT, kind)]
    return {"days": len(days), "stays": sum(file.rows for file in files), "committed_bytes": _bytes(collector)}


def chdb_fold(collector: Collector, shape: Shape) -> None:
    """The same fold of the same files in chDB, day by day."""
    for day in _days(shape):
        span = calendar.day_named(day, "UTC", 4)
        files = collector.folder / "data" / TENANT / SIGHTINGS / f"epoch={day}" / f"day={day}"
        sites = collector.registry.sites(TENANT)
        store_chdb.fold_day(files, _theirs(collector, day), sites, span.start_ms // calendar.HOUR_MS)


def compare(collector: Collector, shape: Shape) -> Found:
    """How many days' stays differ between the two folds, by the number and a sum of hashes of whole rows."""
    differing = 0
    ask = f"count(*), sum(hash({store_chdb.COLUMNS}))"
    for day in _days(shape):
        files = [file for kind in (STAYS, OPEN_STAYS) for file in collector.store.manifest.files(TENANT, kind, [day])]
        with fold.engine() as connection:
            ours = _alike(collector.store.read(connection, files)).aggregate(ask).fetchall()
            theirs = _alike(connection.read_parquet(str(_theirs(collector, day)))).aggregate(ask).fetchall()
        differing += ours != theirs
    return {"differing_days": differing}


def compact(collector: Collector, shape: Shape) -> Found:
    """What the keeper does to the files that commits have left, and to the stays."""
    gone = compaction.compact(collector.store, TENANT, later_ms(shape))
    return {"files_gone": gone, "compacted_bytes": _bytes(collector)}


def settle(collector: Collector, shape: Shape) -> Found:
    """The end of each day: its stays judged for good, and kept as visits without tokens; what stays, in bytes."""
    for day in _days(shape):
        retention.end_day(collector.store, *_whose(collector), day, later_ms(shape))
    files = {kind: collector.store.manifest.files(TENANT, kind) for kind in KINDS}
    kept = sum(
        file.bytes for kind in KINDS if kind not in (SIGHTINGS, WINDOWS, STAYS, OPEN_STAYS) for file in files[kind]
    )
    windows = files[WINDOWS]
    return {
        "kept_bytes": kept,
        "window_bytes": sum(file.bytes for file in windows) / max(1, sum(file.rows for file in windows)),
    }


def report_day(collector: Collector, shape: Shape) -> Found:
    """The report of a site's day from stored visits."""
    span = calendar.day_named(day_names(shape.days)[0], "UTC", 4)
    taken = []
    for _ in range(REPORTS):
        begin_s = perf_counter()
        report.build(collector.store, collector.registry, TENANT, site_name(0), span, later_ms(shape))
        taken.append(perf_counter() - begin_s)
    return {"report_s": median(taken)}


PHASES: dict[str, Phase] = {
    "scan": scan,
    "fold": fold_all,
    "chdb": chdb_fold,
    "compare": compare,
    "compact": compact,
    "settle": settle,
    "report": report_day,
}


def run(name: str, folder: Path, rows: int) -> Found:
    """One phase, and what it took; memory is the highest of this process so far."""
    shape = Shape.of(rows)
    begin_s, begin_cpu_s = perf_counter(), process_time()
    if name == "fill":
        fill(folder, shape)
        found: Found | None = None
    else:
        collector = folders.open_folder(folder)
        begin_s, begin_cpu_s = perf_counter(), process_time()
        try:
            found = PHASES[name](collector, shape)
        finally:
            collector.close()
    took = {"s": perf_counter() - begin_s, "cpu_s": process_time() - begin_cpu_s}
    return {**took, "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **(found or {})}


def _days(shape: Shape) -> Iterator[str]:
    """The days, one after another; says on standard error how many are done."""
    for done, day in enumerate(day_names(shape.days), start=1):
        yield day
        sys.stderr.write(f"{ON_THE_WAY}{done} of {shape.days} days\n")


def _whose(collector: Collector) -> tuple[Tenant, list[Site]]:
    return collector.registry.tenant(TENANT), collector.registry.sites(TENANT)


def _bytes(collector: Collector) -> int:
    return sum(file.bytes for file in collector.store.manifest.files(TENANT, SIGHTINGS))


def _theirs(collector: Collector, day: str) -> Path:
    return collector.folder / f"chdb-{day}.parquet"


def _alike(rows: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """The columns of both, in the same types."""
    text, flags = ("site",), ("randomised", "associated")
    columns = [name.strip() for name in store_chdb.COLUMNS.split(",")]
    types = {**dict.fromkeys(text, "VARCHAR"), **dict.fromkeys(flags, "BOOLEAN")}
    return rows.project(", ".join(f"CAST({name} AS {types.get(name, 'BIGINT')}) AS {name}" for name in columns))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))) + "\n")
