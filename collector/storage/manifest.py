"""The manifest: which files exist and which batches they hold, as tables of the registry database.

A file that it does not list does not exist; a batch whose key it has is stored and will not be stored again. Keys,
files and the sums of the conservation check change together, in one transaction.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, text, tuple_
from sqlalchemy.exc import IntegrityError

from .. import schema
from ..database import inserting, writing
from . import epochs

LISTING = 0x666F6F74  # of the advisory lock: any number that nobody else uses in this database
KEYS_A_QUERY = 2000  # SQLite takes 32,766 variables, three a key

# For (sensor_id, boot, number) IN (VALUES ...) SQLite reads the whole table, and a commit costs more with every batch
# that was ever stored; of a joined list, the outer of the two, each is looked up by its key.
_BY_KEY_IN_SQLITE = text(
    "SELECT batches.sensor_id, batches.boot, batches.number, batches.digest FROM json_each(:keys) AS wanted "
    "CROSS JOIN batches ON batches.sensor_id = wanted.value ->> 0 AND batches.boot = wanted.value ->> 1 "
    "AND batches.number = wanted.value ->> 2"
)

_RANGES_IN_SQLITE = text(
    "SELECT batch_ranges.* FROM json_each(:starts) AS wanted "
    "CROSS JOIN batch_ranges ON batch_ranges.sensor_id = wanted.value ->> 0 AND batch_ranges.boot = wanted.value ->> 1"
)

# As text: for each row SQLAlchemy would find out anew where its values go, which costs more than SQLite takes for it.
_ADD_IN_SQLITE = "INSERT INTO batches (sensor_id, boot, number, file_id, received_ms, digest) VALUES (?, ?, ?, ?, ?, ?)"
_COUNT_IN_SQLITE = (
    "INSERT INTO ledger (sensor_id, boot, batches, sightings, duplicates) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (sensor_id, boot) DO UPDATE SET batches = batches + excluded.batches, "
    "sightings = sightings + excluded.sightings, duplicates = duplicates + excluded.duplicates"
)

Key = tuple[int, int, int]  # sensor id, boot, number


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


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The collector's half of the conservation check for one start of one sensor."""

    sensor_id: int
    boot: int
    batches: int
    sightings: int
    duplicates: int


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
        wanted = select(schema.ledger)
        if sensors is not None:
            wanted = wanted.where(schema.ledger.c.sensor_id.in_(sensors))
        with self._engine.begin() as connection:
            return [
                LedgerRow(row.sensor_id, row.boot, row.batches, row.sightings, row.duplicates)
                for row in connection.execute(wanted)
            ]

    def rows(self, tenant: str) -> int:
        """How many rows all files of a tenant have."""
        wanted = select(func.sum(schema.files.c.rows)).where(schema.files.c.tenant == tenant)
        with self._engine.begin() as connection:
            return int(connection.scalar(wanted) or 0)

    def stamp(self, tenant: str) -> tuple[int, int, int]:
        """Another one whenever a file of a tenant has come or gone: how many, the newest, and when one came last.

        The number alone would not do: SQLite gives that of a newest file that is gone to the next one.
        """
        table = schema.files.c
        wanted = select(func.count(), func.max(table.id), func.max(table.created_ms)).where(table.tenant == tenant)
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
        found: dict[Key, bytes] = {}
        with self._engine.begin() as connection:
            for start in range(0, len(keys), KEYS_A_QUERY):
                rows = self._look_up(connection, keys[start : start + KEYS_A_QUERY])
                found.update(((row[0], row[1], row[2]), row[3] or b"") for row in rows)
            # After the rows: what housekeeping moves meanwhile is found in one of both, at least.
            ranges = self._ranges(connection, {key[:2] for key in keys if key not in found})
        for key in keys:
            if key not in found and any(first <= key[2] <= last for first, last in ranges.get(key[:2], ())):
                found[key] = b""
        return found

    def _ranges(
        self, connection: Connection, starts: Iterable[tuple[int, int]]
    ) -> dict[tuple[int, int], list[tuple[int, int]]]:
        """The ranges of numbers of these starts. Most have none: they began within the last days."""
        found: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        wanted, table = list(starts), schema.batch_ranges
        for begin in range(0, len(wanted), KEYS_A_QUERY):
            some = wanted[begin : begin + KEYS_A_QUERY]
            if self.in_process:
                rows = connection.execute(_RANGES_IN_SQLITE, {"starts": json.dumps(some)})
            else:
                rows = connection.execute(select(table).where(tuple_(table.c.sensor_id, table.c.boot).in_(some)))
            for sensor_id, boot, first, last in rows:
                found[sensor_id, boot].append((first, last))
        return found

    def _look_up(self, connection: Connection, keys: Sequence[Key]) -> Iterable[Any]:
        if self.in_process:
            return connection.execute(_BY_KEY_IN_SQLITE, {"keys": json.dumps(keys)})
        table = schema.batches
        columns = (table.c.sensor_id, table.c.boot, table.c.number)
        return connection.execute(select(*columns, table.c.digest).where(tuple_(*columns).in_(keys)))

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
            if rows and self.in_process:
                connection.exec_driver_sql(_ADD_IN_SQLITE, rows)
            elif rows:
                names = ("sensor_id", "boot", "number", "file_id", "received_ms", "digest")
                connection.execute(insert(schema.batches), [dict(zip(names, row, strict=True)) for row in rows])
            self._count(connection, entries, duplicates)
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

    def _count(self, connection: Connection, entries: Sequence[Entry], duplicates: Sequence[Key]) -> None:
        """Add to each start's sums: batches, sightings, duplicates."""
        sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
        for entry in entries:
            row = sums[entry.key[:2]]
            row[0] += 1
            row[1] += entry.sightings
        for key in duplicates:
            sums[key[:2]][2] += 1
        if not sums:
            return
        # One statement for all starts: to build one for each costs more than the rest of a commit.
        if self.in_process:
            connection.exec_driver_sql(_COUNT_IN_SQLITE, [(*start, *row) for start, row in sums.items()])
            return
        table, names = schema.ledger, ("batches", "sightings", "duplicates")
        wanted = self._insert(table)
        added = {name: table.c[name] + wanted.excluded[name] for name in names}
        connection.execute(
            wanted.on_conflict_do_update(index_elements=["sensor_id", "boot"], set_=added),
            [
                {"sensor_id": start[0], "boot": start[1], **dict(zip(names, row, strict=True))}
                for start, row in sums.items()
            ],
        )

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


def listed_batches(connection: Connection) -> dict[tuple[int, int], int]:
    """How many batches of each start (sensor id, boot) a transaction sees listed, as rows and in ranges."""
    table, ranges = schema.batches, schema.batch_ranges
    rows = select(table.c.sensor_id, table.c.boot, func.count()).group_by(table.c.sensor_id, table.c.boot)
    found: dict[tuple[int, int], int] = defaultdict(int)
    for sensor_id, boot, count in connection.execute(rows):
        found[sensor_id, boot] += count
    for row in connection.execute(select(ranges)):
        found[row.sensor_id, row.boot] += row.last - row.first + 1
    return dict(found)


def in_turn(connection: Connection) -> None:
    """Let transactions that list files go one after another, so that numbers of files grow in the order of commits.

    The fold takes what is above the highest number that it has seen: a lower one that came later it would pass over.
    SQLite has one writer anyhow; PostgreSQL gives numbers out before it commits.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LISTING)))


class _Overtaken(Exception):
    """Somebody else has changed the list first."""
