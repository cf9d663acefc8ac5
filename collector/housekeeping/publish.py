"""Open tables: visits without tokens, and windows, as Delta tables that other engines read without us.

    open/visits     a row a stay of a day that has ended, partitioned by tenant and day
    open/windows    a row a sensor and window: what was listened to, and how much was heard

They lie in the collector's folder or, where its files are in an object store, there, below the same prefix.
A day is published when it has ended, again when late batches have changed it, and taken out when its retention is over.
These are the operator's own rows, not released numbers: who reads them is bound by the minimum group as we are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from sqlalchemy import Engine, delete, insert, select

from .. import schema
from ..database import writing
from ..errors import StoreError, scrubbed
from ..folder import Collector
from ..metrics import sql_text
from ..options import store_url
from ..stays import fold
from ..storage.manifest import StoredFile
from ..storage.store import VISITS, WINDOWS, Store

PARTITIONS = ["tenant", "day"]
OPEN = "open"
PATIENCE = {"max_retries": "1", "retry_timeout": "10s", "timeout": "8s", "connect_timeout": "3s"}  # see bucket
VACUUM_H = 24  # what a table no longer needs is left so long to those who read an older version of it


@dataclass(frozen=True, slots=True)
class Publisher:
    """The open tables of one store."""

    store: Store
    engine: Engine
    root: str
    options: Mapping[str, str] | None = None  # delta-rs' storage options; credentials it finds as we do

    @classmethod
    def of(cls, collector: Collector) -> "Publisher":
        """Beside the collector's files."""
        if not collector.settings.store_url:
            return cls(collector.store, collector.registry.engine, str(collector.folder / OPEN))
        url = store_url.parse(collector.settings.store_url)
        root = f"s3://{url.path(OPEN)}"
        return cls(collector.store, collector.registry.engine, root, {**url.table_options(), **PATIENCE})

    def publish(self, tenant: str) -> list[str]:
        """Bring a tenant's tables up to date. Returns the days that have changed. Raises StoreError."""
        changed: set[str] = set()
        for kind in (VISITS, WINDOWS):
            stale, gone = self._state(tenant, kind)
            try:
                for day, files in stale.items():
                    self._write(tenant, kind, day, files)
                self._remove(tenant, kind, gone)
            except (DeltaError, OSError) as exc:
                raise StoreError(
                    f"the open table {self.root}/{kind} cannot be written: {scrubbed(str(exc))}. Free some space, or "
                    "look at the object store"
                ) from None
            changed |= gone | set(stale)
        return sorted(changed)

    def stale(self, tenant: str) -> list[StoredFile]:
        """The files of days that `publish` would write now."""
        states = [self._state(tenant, kind)[0] for kind in (VISITS, WINDOWS)]
        return [file for days in states for files in days.values() for file in files]

    def _state(self, tenant: str, kind: str) -> tuple[dict[str, list[StoredFile]], set[str]]:
        """Days to be written, with their files, and days to be taken out."""
        ended = set(self.store.manifest.days(tenant, VISITS))
        by_day: dict[str, list[StoredFile]] = {}
        for file in self.store.manifest.files(tenant, kind):
            if file.day in ended:
                by_day.setdefault(file.day, []).append(file)
        there = self._published(tenant, kind)
        stale = {day: files for day, files in by_day.items() if max(file.id for file in files) != there.get(day)}
        return stale, set(there) - set(by_day)

    def _write(self, tenant: str, kind: str, day: str, files: list[StoredFile]) -> None:
        with fold.engine() as connection:
            self.store.read(connection, files).create_view("kept")
            named = {"tenant": [tenant], "day": [day]}
            connection.register("partition", pa.table(named))
            rows = connection.sql(sql_text(f"open_{kind}")).to_arrow_table()
        write_deltalake(
            f"{self.root}/{kind}",
            rows,
            mode="overwrite",
            predicate=_of(tenant, day),
            partition_by=PARTITIONS,
            name=kind,
            storage_options=self.storage_options,
        )
        self._note(tenant, kind, day, max(file.id for file in files))

    def _remove(self, tenant: str, kind: str, days: set[str]) -> None:
        if not days:
            return
        table = DeltaTable(f"{self.root}/{kind}", storage_options=self.storage_options)
        for day in sorted(days):
            table.delete(_of(tenant, day))
            self._note(tenant, kind, day, None)
        table.vacuum(retention_hours=VACUUM_H, enforce_retention_duration=False, dry_run=False)

    @property
    def storage_options(self) -> dict[str, str] | None:
        """As delta-rs takes them."""
        return dict(self.options) if self.options else None

    def _published(self, tenant: str, kind: str) -> dict[str, int]:
        """Day -> the newest file it was published from."""
        table = schema.published
        wanted = select(table.c.day, table.c.file_id).where(table.c.tenant == tenant, table.c.kind == kind)
        with self.engine.begin() as connection:
            return {row.day: row.file_id for row in connection.execute(wanted)}

    def _note(self, tenant: str, kind: str, day: str, file_id: int | None) -> None:
        """Remember it, after it is written: a crash in between writes the same again."""
        table = schema.published
        same = (table.c.tenant == tenant, table.c.kind == kind, table.c.day == day)
        with writing(self.engine).begin() as connection:
            connection.execute(delete(table).where(*same))
            if file_id is not None:
                connection.execute(insert(table).values(tenant=tenant, kind=kind, day=day, file_id=file_id))


def _of(tenant: str, day: str) -> str:
    return f"tenant = '{tenant}' AND day = '{day}'"  # both are names of ours: [a-z0-9-] and a date
