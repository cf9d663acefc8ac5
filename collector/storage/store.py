"""The store: sightings and windows in Parquet files, each batch once.

A commit writes its files first and then lists them, with the batches' keys, in the manifest. Readers take the list of
files from there, so a crash at any point leaves the state before the commit or after it; files that are not listed are
swept away at the next start.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb
import pyarrow as pa
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError

from .. import calendar, durable
from ..admission.door import Admitted
from ..admission.flags import Flags
from ..errors import StoreError
from ..keys.blinding import Blinding, blind
from ..premises.zones import Zones
from ..records.registry import Tenant
from . import tables
from .batches import Key
from .disk import Floor
from .manifest import DERIVED, Entry, Manifest, NewFile, StoredFile
from .shelf import Lying, Shelf

SIGHTINGS, WINDOWS, STAYS, OPEN_STAYS, VISITS = "sightings", "windows", "stays", "open_stays", "visits"
STEPS, ZONES, SIGNS, MARKS, ESTIMATES = "steps", "zones", "signs", "marks", DERIVED
FOLDED = (STAYS, OPEN_STAYS, VISITS)
KINDS = (SIGHTINGS, WINDOWS, *FOLDED, STEPS, ZONES, SIGNS, MARKS, ESTIMATES)  # all that the manifest may list
TRIES = 3  # of a commit that another collector's commit overtook
READERS_S = 120  # how long a replaced file is left to those who read it
UNKEYED = "none"  # folder of windows that were heard without an epoch key
NO_FLOOR = Floor()
OURS = (durable.SUFFIX, durable.PARTIAL)

Part = tuple[str, str, str]  # tenant, epoch, business day


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of the batches of one commit. All of them may be acknowledged."""

    stored: int
    duplicates: int
    sightings: int
    twins: tuple[Admitted, ...] = ()  # they came under the key of another batch, and were not stored


def part_name(kind: str, tenant: str, epoch: str, day: str) -> str:
    """Below which name the files of a kind, epoch ("" for what was folded) and day lie."""
    return "/".join((tenant, kind, *([f"epoch={epoch}"] if epoch else []), f"day={day}"))


def key_of(item: Admitted) -> Key:
    """What names a batch for ever."""
    return item.sensor.id, item.boot, item.number


class Store:
    """Files on a shelf, and their manifest in the database behind `engine`."""

    def __init__(
        self,
        shelf: Shelf,
        engine: Engine,
        tenants: Iterable[Tenant] = (),
        floor: Floor = NO_FLOOR,
        blinding: Blinding | None = None,
    ) -> None:
        """floor: no commit while less is free; blinding: turns tokens, None: they stay as they came."""
        self.blinding = blinding
        self.shelf = shelf
        self.floor = floor
        self.manifest = Manifest(engine)
        self._leaving: deque[tuple[int, str]] = deque()
        self.flags = Flags(engine)
        self.zones = Zones(engine)
        self.know(tenants)

    def know(self, tenants: Iterable[Tenant]) -> None:
        """Take these tenants for known: their business days decide where a batch belongs."""
        self._tenants = {tenant.name: tenant for tenant in tenants}

    def commit(self, batches: Sequence[Admitted], now_ms: int) -> Commit:
        """Store batches, each once however often it comes. Durable when this returns; raises StoreError otherwise."""
        self.floor.check()
        unique = {key_of(item): item for item in batches}
        for _ in range(TRIES):
            known = self._known(unique)
            fresh = {key: item for key, item in unique.items() if key not in known}
            again = [key for item in batches if (key := key_of(item)) in known or unique[key] is not item]
            parts = self._parts(fresh.values())
            files = self._write(parts, now_ms)
            try:
                self.manifest.add(_entries(parts, files), files, again, now_ms)
            except IntegrityError:
                # Another collector has committed one of them since we looked.
                self._discard(files)
                continue
            except OperationalError as exc:
                self._give_up(files)
                raise _unwritten(exc) from exc
            twins = tuple(item for item in batches if _differs(item, known, unique))
            sightings = sum(len(item.batch.columns) for item in fresh.values())
            return Commit(len(fresh), len(again), sightings, twins)
        raise StoreError("other collectors keep committing the same batches; trying again later")

    def write(self, kind: str, tenant: str, epoch: str, day: str, rows: "pa.Table | pa.RecordBatchReader") -> NewFile:
        """A file of these rows, durable, not listed yet. epoch: "" for what was folded. Raises StoreError."""
        passing = tables.Passing(rows, *(("start_ms", "end_ms") if kind in FOLDED else ()))
        lying = self.shelf.write(passing.rows, part_name(kind, tenant, epoch, day))
        return NewFile(
            kind, tenant, epoch, day, lying.name, passing.count, lying.bytes, passing.first_ms, passing.last_ms
        )

    def read(self, connection: duckdb.DuckDBPyConnection, files: Sequence[StoredFile]) -> duckdb.DuckDBPyRelation:
        """The rows of these files of one kind, at least one file, for a DuckDB."""
        return self.shelf.relation(connection, [file.name for file in files])

    def table(self, file: StoredFile, columns: Sequence[str] | None = None) -> "pa.Table":
        """A file's rows as they lie there. Raises FileNotFoundError, and pyarrow's ArrowInvalid where it is damaged."""
        with self.shelf.open(file.name) as opened:
            return opened.read(columns=list(columns) if columns else None)

    def swap(self, gone: Sequence[StoredFile], new: Sequence[NewFile], covers_id: int | None, now_ms: int) -> bool:
        """List `new` in the place of `gone`, or, where another process was first, do nothing and say False.

        Raises StoreError. What is gone stays on disk for READERS_S: somebody may be reading it.
        """
        try:
            done = self.manifest.swap(gone, new, covers_id, now_ms)
        except OperationalError as exc:
            self._give_up(new)
            raise _unwritten(exc) from exc
        if not done:
            self._discard(new)
            return False
        self._leaving.extend((now_ms + READERS_S * 1000, file.name) for file in gone)
        return True

    def tidy(self, now_ms: int) -> None:
        """Delete files that were replaced READERS_S ago. A crash before that leaves them to the next start's sweep."""
        while self._leaving and self._leaving[0][0] <= now_ms:
            self.shelf.discard([self._leaving.popleft()[1]])

    def sweep(self, before_s: float = float("inf")) -> int:
        """Delete files last written before then (Unix seconds) that the manifest does not list. Returns how many.

        Files that a commit is about to list are younger than that; at a start, when nobody commits, there are none.
        """
        return self.shelf.discard([one.name for one in self.orphans() if one.changed_s < before_s])

    def orphans(self) -> list[Lying]:
        """Files that the manifest does not list: a commit's that is under way, or was never finished; replaced ones."""
        # Files before the manifest: what a commit lists in between is not taken for one.
        found = [one for one in self.shelf.listing() if one.name.endswith(OURS)]
        listed = self.manifest.names()
        return [one for one in found if one.name not in listed]

    def strangers(self) -> list[Lying]:
        """Files of which no commit can have left one. No sweep takes them away."""
        return [one for one in self.shelf.listing() if not one.name.endswith(OURS)]

    def _give_up(self, files: Iterable[NewFile]) -> None:
        """After a transaction of which the database did not say that it is done.

        A server that went away may have committed it, and its files are then all there is of these rows: they are left
        to a later sweep. SQLite is in this process, and has not.
        """
        if self.manifest.in_process:
            self._discard(files)

    def _discard(self, files: Iterable[NewFile]) -> None:
        self.shelf.discard([file.name for file in files])

    def _known(self, batches: Iterable[Key]) -> dict[Key, bytes]:
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

    def _write(self, parts: dict[Part, list[Admitted]], now_ms: int) -> list[NewFile]:
        files: list[NewFile] = []
        try:
            for (tenant, epoch, day), items in parts.items():
                turned = tables.sightings(items, self._turn(tenant, epoch, items, now_ms))
                for kind, table in ((SIGHTINGS, turned), (WINDOWS, tables.windows(items))):
                    if table.num_rows:
                        files.append(self.write(kind, tenant, epoch, day, table))
        except StoreError:
            self._discard(files)
            raise
        return files

    def _turn(self, tenant: str, epoch: str, items: Sequence[Admitted], now_ms: int) -> Callable[[bytes], bytes] | None:
        """What turns the tokens of these batches, all of one epoch."""
        if self.blinding is None or epoch == UNKEYED:
            return None
        return partial(blind, self.blinding.key(self._tenants[tenant], epoch, items[0].batch.start_ms, now_ms))


def _differs(item: Admitted, known: Mapping[Key, bytes], unique: Mapping[Key, Admitted]) -> bool:
    """Whether another batch is kept under its key. Where a digest is missing nobody can say."""
    kept = known.get(key_of(item), unique[key_of(item)].digest)
    return bool(item.digest and kept) and item.digest != kept


def _entries(parts: dict[Part, list[Admitted]], files: Sequence[NewFile]) -> list[Entry]:
    """The batches as the manifest lists them, each with the file of its sightings."""
    holds = {(file.tenant, file.epoch, file.day): file for file in files if file.kind == SIGHTINGS}
    return [
        Entry(key_of(item), rows, holds[part] if rows else None, item.received_ms, item.digest, item.batch.epoch)
        for part, items in parts.items()
        for item, rows in ((item, len(item.batch.columns)) for item in items)
    ]


def _unwritten(exc: OperationalError) -> StoreError:
    return StoreError(f"the manifest cannot be written: {exc.orig}. Free some space or check the disk")
