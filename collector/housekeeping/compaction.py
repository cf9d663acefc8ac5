"""Compaction: the many small files that commits leave become few sorted ones, while everything goes on.

Sightings are compacted only once they are folded, and marks, where a day has any, rest on them: the file that replaces
them is marked as covered, so that nobody takes it for news. Sightings are sorted by site and time, as they are asked
for: neighbours in time differ by little, and are written in fewer bytes (docs/benchmarks.md). Rows go from file to file
in batches.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice

from ..stays import fold
from ..storage.manifest import StoredFile
from ..storage.shelf import streamed
from ..storage.store import MARKS, OPEN_STAYS, SIGHTINGS, STAYS, STEPS, WINDOWS, Store

FILES_MIN = 16  # fewer are not worth a turn
ROWS_MAX = 4_000_000  # of a compacted file: what is sorted in memory at once (measured: about 0.1 KiB a row)
SETTLED_MS = 60_000  # files younger than this are left: a commit may be about to add more
ORDER = {SIGHTINGS: "site, first_ms, token", WINDOWS: "site, sensor, start_ms", STAYS: "site, token, start_ms"}
ORDER[STEPS] = "site, token, first_ms"


def compact(store: Store, tenant: str, now_ms: int, *, threads: int = 0, merges: int | None = None) -> int:
    """Merge what can be merged. Returns how many files have gone. Raises StoreError.

    threads: of a DuckDB, 0 = as many as there are cores. merges: no more than so many, the rest is left to the next
    time.
    """
    bundles = islice(wanted(store, tenant, now_ms), merges)
    return sum(_merge(store, tenant, kind, bundle, now_ms, threads) for kind, bundle in bundles)


def wanted(store: Store, tenant: str, now_ms: int) -> Iterator[tuple[str, list[StoredFile]]]:
    """Files that are to become one now, with their kind."""
    covered, marked = (
        {file.day: file.covers_id or 0 for file in store.manifest.files(tenant, kind)} for kind in (OPEN_STAYS, MARKS)
    )
    for day, covers_id in marked.items():
        covered[day] = min(covers_id, covered.get(day, -1))
    for kind in ORDER:
        files = [file for file in store.manifest.files(tenant, kind) if file.created_ms <= now_ms - SETTLED_MS]
        if kind == SIGHTINGS:
            files = [file for file in files if file.id <= covered.get(file.day, -1)]
        for bundle in bundles(files):
            yield kind, bundle


def bundles(files: Sequence[StoredFile]) -> Iterator[list[StoredFile]]:
    """Files of one epoch and day that together make one; those that are large already are left alone."""
    small = sorted((file for file in files if file.rows < ROWS_MAX // 2), key=_part)
    for _, part in groupby(small, key=_part):
        bundle: list[StoredFile] = []
        for file in sorted(part, key=lambda file: file.id):
            if bundle and sum(one.rows for one in bundle) + file.rows > ROWS_MAX:
                yield bundle
                bundle = []
            bundle.append(file)
        if len(bundle) >= FILES_MIN:
            yield bundle


def _part(file: StoredFile) -> tuple[str, str]:
    return file.epoch, file.day


def _merge(store: Store, tenant: str, kind: str, files: list[StoredFile], now_ms: int, threads: int) -> int:
    with fold.engine(threads) as connection:
        rows = streamed(store.read(connection, files).order(ORDER[kind]))
        merged = store.write(kind, tenant, files[0].epoch, files[0].day, rows)
    covers_id = None if kind == WINDOWS else max(file.covers_id or file.id for file in files)
    return len(files) if store.swap(files, [merged], covers_id, now_ms) else 0
