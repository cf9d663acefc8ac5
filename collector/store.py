"""The store: sightings in Parquet files, and the manifest in the registry that says which of them exist.

A commit writes its files first and then, in one transaction, the batches' keys and the files' names. Readers take the
list of files from the manifest, so a crash at any point leaves the state before the commit or after it; files that no
manifest lists are swept away at the next start.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Engine, Row, delete, insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError, OperationalError

from . import calendar, durable, schema, tables
from .database import writing
from .door import Admitted
from .errors import StoreError
from .registry import Tenant

SIGHTINGS, WINDOWS, VISITS = "sightings", "windows", "visits"
KEYS_A_QUERY = 2000  # SQLite takes 32,766 variables, three a key
TRIES = 3  # of a commit that another collector's commit overtook
UNKEYED = "none"  # folder of windows that were heard without an epoch key


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that the manifest lists."""

    id: int
    path: Path
    rows: int
    epoch: str
    day: str
    covers_id: int | None


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """The collector's half of the conservation check for one start of one sensor."""

    sensor_id: int
    boot: int
    batches: int
    sightings: int
    duplicates: int


@dataclass(frozen=True, slots=True)
class Commit:
    """What became of the batches of one commit. All of them may be acknowledged."""

    stored: int
    duplicates: int
    sightings: int


@dataclass(frozen=True, slots=True)
class _Written:
    kind: str
    tenant: str
    epoch: str
    day: str
    path: Path
    rows: int


Key = tuple[int, int, int]  # sensor id, boot, number
Part = tuple[str, str, str]  # tenant, epoch, business day


def key_of(item: Admitted) -> Key:
    """What names a batch in the manifest."""
    return item.sensor.id, item.boot, item.number


class Store:
    """The store below `root`, its manifest in the database behind `engine`."""

    def __init__(self, root: Path, engine: Engine, tenants: Iterable[Tenant] = ()) -> None:
        self.root = root
        self.engine = engine
        self.know(tenants)
        self._insert = sqlite_insert if engine.dialect.name == "sqlite" else postgresql_insert

    def know(self, tenants: Iterable[Tenant]) -> None:
        """Take these tenants for known: their business days decide where a batch belongs."""
        self._tenants = {tenant.name: tenant for tenant in tenants}

    def commit(self, batches: Sequence[Admitted], now_ms: int) -> Commit:
        """Store batches, each once however often it comes. Durable when this returns; raises StoreError otherwise."""
        unique = {key_of(item): item for item in batches}
        for _ in range(TRIES):
            written: list[_Written] = []
            try:
                fresh = self._unknown(unique)
                written = self._write(list(fresh.values()))
                self._list(fresh, batches, written, now_ms)
            except IntegrityError:
                self._discard(written)  # another collector has committed one of them since we looked
                continue
            except OperationalError as exc:
                self._discard(written)
                raise StoreError(
                    f"the manifest cannot be written: {exc.orig}. Free some space or check the disk"
                ) from exc
            return Commit(
                stored=len(fresh),
                duplicates=len(batches) - len(fresh),
                sightings=sum(len(item.batch.columns) for item in fresh.values()),
            )
        raise StoreError("other collectors keep committing the same batches; trying again later")

    def files(self, tenant: str, kind: str, days: Iterable[str] | None = None) -> list[StoredFile]:
        """The files of a kind, oldest first; of these days, or of all."""
        wanted = select(schema.files).where(schema.files.c.tenant == tenant, schema.files.c.kind == kind)
        if days is not None:
            wanted = wanted.where(schema.files.c.day.in_(list(days)))
        with self.engine.begin() as connection:
            return [self._stored(row) for row in connection.execute(wanted.order_by(schema.files.c.id))]

    def days(self, tenant: str, kind: str) -> list[str]:
        """The business days that have files of this kind, oldest first."""
        wanted = select(schema.files.c.day).where(schema.files.c.tenant == tenant, schema.files.c.kind == kind)
        with self.engine.begin() as connection:
            return sorted(set(connection.scalars(wanted)))

    def ledger(self) -> list[LedgerRow]:
        """What has been committed of each start of each sensor."""
        with self.engine.begin() as connection:
            return [
                LedgerRow(row.sensor_id, row.boot, row.batches, row.sightings, row.duplicates)
                for row in connection.execute(select(schema.ledger))
            ]

    def replace_visits(self, tenant: str, day: str, table: "pa.Table", covers_id: int, now_ms: int) -> None:
        """Put a day's visits in the place of its earlier ones, in one transaction. Raises StoreError."""
        folder = self.root / tenant / VISITS / f"day={day}"
        path = durable.write(table, folder)
        same_day = (schema.files.c.tenant == tenant, schema.files.c.kind == VISITS, schema.files.c.day == day)
        with writing(self.engine).begin() as connection:
            old = [self._stored(row).path for row in connection.execute(select(schema.files).where(*same_day))]
            connection.execute(delete(schema.files).where(*same_day))
            self._list_file(connection, _Written(VISITS, tenant, "", day, path, table.num_rows), now_ms, covers_id)
        for stale in old:  # readers that still hold the list open their files at once or ask again
            stale.unlink(missing_ok=True)

    def sweep(self) -> int:
        """Delete the files that no manifest lists. For a start, when nobody commits. Returns how many."""
        with self.engine.begin() as connection:
            listed = {self.root / path for path in connection.scalars(select(schema.files.c.path))}
        orphans = [path for path in durable.parquet_files(self.root) if path not in listed]
        for path in orphans:
            path.unlink(missing_ok=True)
        return len(orphans)

    def _unknown(self, batches: dict[Key, Admitted]) -> dict[Key, Admitted]:
        """Those whose keys the manifest does not have."""
        keys = list(batches)
        key = tuple_(schema.batches.c.sensor_id, schema.batches.c.boot, schema.batches.c.number)
        known: set[Key] = set()
        with self.engine.begin() as connection:
            for start in range(0, len(keys), KEYS_A_QUERY):
                query = select(schema.batches.c.sensor_id, schema.batches.c.boot, schema.batches.c.number)
                found = connection.execute(query.where(key.in_(keys[start : start + KEYS_A_QUERY])))
                known.update(tuple(row) for row in found)
        return {key: item for key, item in batches.items() if key not in known}

    def _write(self, batches: Sequence[Admitted]) -> list[_Written]:
        parts: dict[Part, list[Admitted]] = defaultdict(list)
        for item in batches:
            parts[self._part(item)].append(item)
        written = []
        try:
            for (tenant_name, epoch, day), items in parts.items():
                for kind, table in ((SIGHTINGS, tables.sightings(items)), (WINDOWS, tables.windows(items))):
                    if table.num_rows:
                        folder = self.root / tenant_name / kind / f"epoch={epoch}" / f"day={day}"
                        path = durable.write(table, folder)
                        written.append(_Written(kind, tenant_name, epoch, day, path, table.num_rows))
        except StoreError:
            self._discard(written)
            raise
        return written

    def _part(self, item: Admitted) -> Part:
        tenant = self._tenants[item.sensor.tenant]
        day = calendar.day_of(item.batch.start_ms, tenant.time_zone, tenant.epoch_turn_h).name
        return tenant.name, item.batch.epoch or UNKEYED, day

    def _list(
        self, fresh: dict[Key, Admitted], all_: Sequence[Admitted], written: Sequence[_Written], now_ms: int
    ) -> None:
        with writing(self.engine).begin() as connection:
            file_of = {
                (file.tenant, file.epoch, file.day): self._list_file(connection, file, now_ms)
                for file in sorted(written, key=lambda file: file.kind == SIGHTINGS)  # sightings' ids stay
            }
            if fresh:
                connection.execute(insert(schema.batches), [self._key_row(item, file_of) for item in fresh.values()])
            self._count(connection, fresh, all_)

    def _key_row(self, item: Admitted, file_of: dict[Part, int]) -> dict[str, int | None]:
        return {
            "sensor_id": item.sensor.id,
            "boot": item.boot,
            "number": item.number,
            "file_id": file_of[self._part(item)] if len(item.batch.columns) else None,
            "received_ms": item.received_ms,
        }

    def _count(self, connection: Connection, fresh: dict[Key, Admitted], all_: Sequence[Admitted]) -> None:
        """Add to each sensor's ledger."""
        sums: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
        for item in all_:
            sums[item.sensor.id, item.boot][2] += 1
        for item in fresh.values():
            row = sums[item.sensor.id, item.boot]
            row[0] += 1
            row[1] += len(item.batch.columns)
            row[2] -= 1
            row[3] = max(row[3], (item.received_ms - item.batch.start_ms - item.batch.length_ms) / 1000)
        table = schema.ledger
        for (sensor_id, boot), (stored, sightings, duplicates, lag_s) in sums.items():
            row_insert = self._insert(table).values(
                sensor_id=sensor_id,
                boot=boot,
                batches=int(stored),
                sightings=int(sightings),
                duplicates=int(duplicates),
                lag_s_max=lag_s,
            )
            connection.execute(
                row_insert.on_conflict_do_update(
                    index_elements=["sensor_id", "boot"],
                    set_={
                        "batches": table.c.batches + row_insert.excluded.batches,
                        "sightings": table.c.sightings + row_insert.excluded.sightings,
                        "duplicates": table.c.duplicates + row_insert.excluded.duplicates,
                    },
                )
            )

    def _list_file(self, connection: Connection, file: _Written, now_ms: int, covers_id: int | None = None) -> int:
        done = connection.execute(
            insert(schema.files).values(
                kind=file.kind,
                tenant=file.tenant,
                epoch=file.epoch,
                day=file.day,
                path=str(file.path.relative_to(self.root)),
                rows=file.rows,
                bytes=file.path.stat().st_size,
                created_ms=now_ms,
                covers_id=covers_id,
            )
        )
        assert done.inserted_primary_key is not None
        return int(done.inserted_primary_key[0])

    def _discard(self, written: Iterable[_Written]) -> None:
        for file in written:
            file.path.unlink(missing_ok=True)

    def _stored(self, row: "Row[Any]") -> StoredFile:
        return StoredFile(row.id, self.root / row.path, row.rows, row.epoch, row.day, row.covers_id)
