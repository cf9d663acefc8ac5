"""The manifest: which files exist and which batches they hold, as tables of the registry database.

A file that it does not list does not exist; a batch whose key it has is stored and will not be stored again. Keys,
files and the sums of the conservation check change together, in one transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from .. import schema
from ..database import inserting, writing
from . import batches, epochs, ledger
from .batches import Key
from .ledger import LedgerRow

DERIVED = "estimates"  # a kind that is made of others and says nothing new: what is shown does not change with it
LISTING = 0x666F6F74  # of the advisory lock: any number that nobody else uses in this database


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is on the shelf and not yet listed."""

    kind: str
    tenant: str
    epoch: str
    day: str
    name: str
    rows: int
    bytes: int
    first_ms: int | None = None  # of folded files: the time that their rows lie in
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is listed."""

    id: int
    kind: str
    name: str
    rows: int
    bytes: int
    epoch: str
    day: str
    created_ms: int
    covers_id: int | None  # of folded files: the newest sightings they rest on; of compacted ones: they are folded
    first_ms: int | None
    last_ms: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch to be listed: its key, its sightings, and the file that holds them (None where it has none)."""

    key: Key
    sightings: int
    file: NewFile | None
    received_ms: int
    digest: bytes = b""  # tells it from another batch under the same key
    epoch: str = ""  # "" = made without a key


class Manifest:
    """The tables `files`, `batches` and `ledger`; `batch_ranges`, which housekeeping.ranges fills, is read here."""

    def __init__(self, engine: Engine) -> None:
        self.in_process = engine.dialect.name == "sqlite"  # no server that could go away between doing and saying so
        self._engine = engine
        self._insert = inserting(engine)

    def files(self, tenant: str, kind: str, days: Iterable[str] | None = None) -> list[StoredFile]:
        """The files of a kind, oldest first; of these days, or of all."""
        wanted = select(schema.files).where(schema.files.c.tenant == tenant, schema.files.c.kind == kind)
        if days is not None:
            wanted = wanted.where(schema.files.c.day.in_(list(days)))
        with self._engine.begin() as connection:
            return [self._stored(row) for row in connection.execute(wanted.order_by(schema.files.c.id))]

    def days(self, tenant: str, kind: str) -> list[str]:
        """The business days that have files of this kind, oldest first."""
        wanted = select(schema.files.c.day).where(schema.files.c.tenant == tenant, schema.files.c.kind == kind)
        with self._engine.begin() as connection:
            return sorted(set(connection.scalars(wanted)))

    def names(self) -> set[str]:
        """Every file that is listed."""
        with self._engine.begin() as connection:
            return set(connection.scalars(select(schema.files.c.path)))

    def ledger(self, sensors: Sequence[int] | None = None) -> list[LedgerRow]:
        """What has been committed of each start of each sensor, or of some, by their numbers."""
        with self._engine.begin() as connection:
            return ledger.read(connection, sensors)

    def rows(self, tenant: str) -> int:
        """How many rows all files of a tenant have."""
        wanted = select(func.sum(schema.files.c.rows)).where(schema.files.c.tenant == tenant)
        with self._engine.begin() as connection:
            return int(connection.scalar(wanted) or 0)

    def stamp(self, tenant: str) -> tuple[int, int, int]:
        """Another one whenever a file of a tenant has come or gone: how many, the newest, and when one came last.

        Files that are DERIVED of others do not count.
        The number alone would not do: SQLite gives that of a newest file that is gone to the next one.
        """
        table = schema.files.c
        wanted = select(func.count(), func.max(table.id), func.max(table.created_ms)).where(
            table.tenant == tenant, table.kind != DERIVED
        )
        with self._engine.begin() as connection:
            count, newest, came_ms = connection.execute(wanted).one()
            return count, newest or 0, came_ms or 0

    def received(self, sensor_id: int, since_ms: int, each_ms: int) -> list[tuple[int, int]]:
        """A sensor's batches that came since then, counted by times of `each_ms`: (begin, count), the newest first."""
        table = schema.batches
        begin = table.c.received_ms - table.c.received_ms % each_ms
        wanted = select(begin, func.count()).where(table.c.sensor_id == sensor_id, table.c.received_ms >= since_ms)
        with self._engine.begin() as connection:
            return [(row[0], row[1]) for row in connection.execute(wanted.group_by(begin).order_by(begin.desc()))]

    def known(self, keys: Sequence[Key]) -> dict[Key, bytes]:
        """Those of the keys that are listed, each with its batch's digest; empty where none is kept."""
        with self._engine.begin() as connection:
            return batches.known(connection, keys)

    def add(self, entries: Sequence[Entry], files: Sequence[NewFile], duplicates: Sequence[Key], now_ms: int) -> None:
        """List batches and files, and count what came again, in one transaction.

        Raises sqlalchemy's IntegrityError where a key is listed already, and OperationalError where the database cannot
        be written; then nothing has changed.
        """
        with writing(self._engine).begin() as connection:
            in_turn(connection)
            ids = {file.name: self._add_file(connection, file, now_ms) for file in files}
            rows = [
                (*one.key, ids[one.file.name] if one.file else None, one.received_ms, one.digest or None)
                for one in entries
            ]
            batches.add(connection, rows)
            ledger.count(connection, self._insert, entries, duplicates)
            epochs.count(connection, self._insert, entries)

    def swap(self, gone: Sequence[StoredFile], new: Sequence[NewFile], covers_id: int | None, now_ms: int) -> bool:
        """List new files in the place of others, in one transaction.

        False, and nothing has changed, where somebody else has replaced one of them since they were looked up. Raises
        sqlalchemy's OperationalError.
        """
        try:
            with writing(self._engine).begin() as connection:
                in_turn(connection)
                done = connection.execute(delete(schema.files).where(schema.files.c.id.in_([file.id for file in gone])))
                if done.rowcount != len(gone):
                    raise _Overtaken
                for file in new:
                    self._add_file(connection, file, now_ms, covers_id)
        except (_Overtaken, IntegrityError):
            return False
        return True

    def _add_file(self, connection: Connection, file: NewFile, now_ms: int, covers_id: int | None = None) -> int:
        done = connection.execute(
            insert(schema.files).values(
                kind=file.kind,
                tenant=file.tenant,
                epoch=file.epoch,
                day=file.day,
                path=file.name,
                rows=file.rows,
                bytes=file.bytes,
                created_ms=now_ms,
                covers_id=covers_id,
                first_ms=file.first_ms,
                last_ms=file.last_ms,
            )
        )
        assert done.inserted_primary_key is not None
        return int(done.inserted_primary_key[0])

    def _stored(self, row: "Row[Any]") -> StoredFile:
        return StoredFile(
            id=row.id,
            kind=row.kind,
            name=row.path,
            rows=row.rows,
            bytes=row.bytes,
            epoch=row.epoch,
            day=row.day,
            created_ms=row.created_ms,
            covers_id=row.covers_id,
            first_ms=row.first_ms,
            last_ms=row.last_ms,
        )


def in_turn(connection: Connection) -> None:
    """Let transactions that list files go one after another, so that numbers of files grow in the order of commits.

    The fold takes what is above the highest number that it has seen: a lower one that came later it would pass over.
    SQLite has one writer anyhow; PostgreSQL gives numbers out before it commits.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LISTING)))


class _Overtaken(Exception):
    """Somebody else has changed the list first."""
