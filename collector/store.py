"""The store: sightings and windows in Parquet files, each batch once.

A commit writes its files first and then lists them, with the batches' keys, in the manifest. Readers take the list of
files from there, so a crash at any point leaves the state before the commit or after it; files that are not listed are
swept away at the next start.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from . import calendar, durable, tables
from .door import Admitted
from .errors import StoreError
from .manifest import Entry, Key, Manifest, NewFile
from .registry import Tenant

SIGHTINGS, WINDOWS, VISITS = "sightings", "windows", "visits"
TRIES = 3  # of a commit that another collector's commit overtook
UNKEYED = "none"  # folder of windows that were heard without an epoch key

Part = tuple[str, str, str]  # tenant, epoch, business day


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of the batches of one commit. All of them may be acknowledged."""

    stored: int
    duplicates: int
    sightings: int


def key_of(item: Admitted) -> Key:
    """What names a batch for ever."""
    return item.sensor.id, item.boot, item.number


class Store:
    """The store below `root`, its manifest in the database behind `engine`."""

    def __init__(self, root: Path, engine: Engine, tenants: Iterable[Tenant] = ()) -> None:
        self.root = root
        self.manifest = Manifest(root, engine)
        self.know(tenants)

    def know(self, tenants: Iterable[Tenant]) -> None:
        """Take these tenants for known: their business days decide where a batch belongs."""
        self._tenants = {tenant.name: tenant for tenant in tenants}

    def commit(self, batches: Sequence[Admitted], now_ms: int) -> Commit:
        """Store batches, each once however often it comes. Durable when this returns; raises StoreError otherwise."""
        unique = {key_of(item): item for item in batches}
        for _ in range(TRIES):
            known = self._known(unique)
            fresh = {key: item for key, item in unique.items() if key not in known}
            again = [key for item in batches if (key := key_of(item)) in known or unique[key] is not item]
            parts = self._parts(fresh.values())
            files = self._write(parts)
            try:
                self.manifest.add(_entries(parts, files), files, again, now_ms)
            except IntegrityError:
                # Another collector has committed one of them since we looked.
                durable.discard(file.path for file in files)
                continue
            except OperationalError as exc:
                durable.discard(file.path for file in files)
                raise _unwritten(exc) from exc
            return Commit(len(fresh), len(again), sum(len(item.batch.columns) for item in fresh.values()))
        raise StoreError("other collectors keep committing the same batches; trying again later")

    def replace_visits(self, tenant: str, day: str, table: "pa.Table", covers_id: int, now_ms: int) -> None:
        """Put a day's visits in the place of its earlier ones. Raises StoreError."""
        path = durable.write(table, self.root / tenant / VISITS / f"day={day}")
        try:
            old = self.manifest.replace(NewFile(VISITS, tenant, "", day, path, table.num_rows), covers_id, now_ms)
        except OperationalError as exc:
            durable.discard([path])
            raise _unwritten(exc) from exc
        durable.discard(old)  # a reader that still holds the list asks again

    def sweep(self) -> int:
        """Delete the files that the manifest does not list. For a start, when nobody commits. Returns how many."""
        listed = self.manifest.paths()
        return durable.discard([path for path in durable.parquet_files(self.root) if path not in listed])

    def _known(self, batches: Iterable[Key]) -> set[Key]:
        try:
            return self.manifest.known(list(batches))
        except OperationalError as exc:
            raise StoreError(f"the manifest cannot be read: {exc.orig}. Check the disk") from exc

    def _parts(self, batches: Iterable[Admitted]) -> dict[Part, list[Admitted]]:
        """The batches by where they belong."""
        parts: dict[Part, list[Admitted]] = defaultdict(list)
        for item in batches:
            tenant = self._tenants[item.sensor.tenant]
            day = calendar.day_of(item.batch.start_ms, tenant.time_zone, tenant.epoch_turn_h).name
            parts[tenant.name, item.batch.epoch or UNKEYED, day].append(item)
        return parts

    def _write(self, parts: dict[Part, list[Admitted]]) -> list[NewFile]:
        files: list[NewFile] = []
        try:
            for (tenant, epoch, day), items in parts.items():
                for kind, table in ((SIGHTINGS, tables.sightings(items)), (WINDOWS, tables.windows(items))):
                    if table.num_rows:
                        path = durable.write(table, self.root / tenant / kind / f"epoch={epoch}" / f"day={day}")
                        files.append(NewFile(kind, tenant, epoch, day, path, table.num_rows))
        except StoreError:
            durable.discard(file.path for file in files)
            raise
        return files


def _entries(parts: dict[Part, list[Admitted]], files: Sequence[NewFile]) -> list[Entry]:
    """The batches as the manifest lists them, each with the file of its sightings."""
    holds = {(file.tenant, file.epoch, file.day): file for file in files if file.kind == SIGHTINGS}
    return [
        Entry(key_of(item), rows, holds[part] if rows else None, item.received_ms)
        for part, items in parts.items()
        for item, rows in ((item, len(item.batch.columns)) for item in items)
    ]


def _unwritten(exc: OperationalError) -> StoreError:
    return StoreError(f"the manifest cannot be written: {exc.orig}. Free some space or check the disk")
