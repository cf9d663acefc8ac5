"""What a backlog leaves to the keeper: folding, signs and compaction, done here as the keeper does them."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from collector import folder as folders
from collector.counting import folding
from collector.folder import Collector
from collector.housekeeping import compaction
from collector.stays import fold
from collector.storage.manifest import StoredFile
from collector.storage.store import OPEN_STAYS, SIGHTINGS
from tools.bench.through.result import Owed
from tools.bench.through.scale import BATCH

TENANT = "default"


def fold_s(home: Path) -> float:
    """Seconds of what a report does first: fold what has come since."""
    opened = folders.open_folder(home)
    began_s = time.perf_counter()
    _refresh(opened)
    took_s = time.perf_counter() - began_s
    opened.close()
    return took_s


def pay(home: Path) -> Owed:
    """Do what the collectors of all rounds have left, as their keeper does it."""
    opened = folders.open_folder(home)
    store, tenant, now_ms = opened.store, opened.registry.tenant(TENANT), time.time_ns() // 1_000_000
    settled_ms = now_ms + compaction.SETTLED_MS + 1000  # the newest files too
    try:
        covered = {file.day: file.covers_id or 0 for file in store.manifest.files(TENANT, OPEN_STAYS)}
        sightings = store.manifest.files(TENANT, SIGHTINGS)
        left = [file for file in sightings if file.covers_id is None and file.id > covered.get(file.day, -1)]
        fold_us = _cost_us(left, lambda: _refresh(opened, threads=1))
        uncounted = [file for one in folding.stale(store, TENANT) for file in one.fresh]
        signs_us = _cost_us(uncounted, lambda: folding.refresh(store, tenant, now_ms, threads=1))
        wanted = compaction.wanted(store, TENANT, settled_ms)
        small = [file for kind, bundle in wanted if kind == SIGHTINGS for file in bundle]
        compact_us = _cost_us(small, lambda: compaction.compact(store, TENANT, settled_ms, threads=1))
        return Owed(sum(file.rows for file in left) / BATCH, fold_us, signs_us, compact_us)
    finally:
        opened.close()


def _cost_us(files: Sequence[StoredFile], do: Callable[[], object]) -> float:
    """Microseconds of processor time that this takes for each batch in these files of sightings."""
    began_s = time.process_time()
    do()
    batches = sum(file.rows for file in files) / BATCH
    return (time.process_time() - began_s) * 1e6 / batches if batches else 0.0


def _refresh(opened: Collector, threads: int = 0) -> None:
    for tenant in opened.registry.tenants():
        sites = opened.registry.sites(tenant.name)
        fold.refresh(opened.store, tenant, sites, time.time_ns() // 1_000_000, threads=threads)
