"""Open tables: visits without tokens, and windows, as Delta tables that other engines read without us.

    <folder>/open/visits     a row a stay of a day that has ended, partitioned by tenant and day
    <folder>/open/windows    a row a sensor and window: what was listened to, and how much was heard

A day is published when it has ended, again when late batches have changed it, and taken out when its retention is over.
These are the operator's own rows, not released numbers: who reads them is bound by the minimum group as we are.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError
from sqlalchemy import Engine, delete, insert, select

from .. import fold, schema
from ..database import writing
from ..errors import StoreError
from ..manifest import StoredFile
from ..metrics import sql_text
from ..store import VISITS, WINDOWS, Store

PARTITIONS = ["tenant", "day"]
VACUUM_H = 24  # what a table no longer needs is left so long to those who read an older version of it


@dataclass(frozen=True, slots=True)
class Publisher:
    """The open tables of one store."""

    store: Store
    engine: Engine
    root: Path

    def publish(self, tenant: str) -> list[str]:
        """Bring a tenant's tables up to date. Returns the days that have changed. Raises StoreError."""
        changed: set[str] = set()
        ended = set(self.store.manifest.days(tenant, VISITS))
        for kind in (VISITS, WINDOWS):
            by_day: dict[str, list[StoredFile]] = {}
            for file in self.store.manifest.files(tenant, kind):
                if file.day in ended:
                    by_day.setdefault(file.day, []).append(file)
            there = self._published(tenant, kind)
            stale = {day: files for day, files in by_day.items() if max(file.id for file in files) != there.get(day)}
            gone = set(there) - set(by_day)
            try:
                for day, files in stale.items():
                    self._write(tenant, kind, day, files)
                self._remove(tenant, kind, gone)
            except (DeltaError, OSError) as exc:
                raise StoreError(f"the open table {kind} cannot be written: {exc}. Free some space") from exc
            changed |= gone | set(stale)
        return sorted(changed)

    def _write(self, tenant: str, kind: str, day: str, files: list[StoredFile]) -> None:
        with fold.engine() as connection:
            self.store.read(connection, files).create_view("kept")
            named = {"tenant": [tenant], "day": [day]}
            connection.register("partition", pa.table(named))
            rows = connection.sql(sql_text(f"open_{kind}")).to_arrow_table()
        write_deltalake(
            self.root / kind, rows, mode="overwrite", predicate=_of(tenant, day), partition_by=PARTITIONS, name=kind
        )
        self._note(tenant, kind, day, max(file.id for file in files))

    def _remove(self, tenant: str, kind: str, days: set[str]) -> None:
        if not days:
            return
        table = DeltaTable(self.root / kind)
        for day in sorted(days):
            table.delete(_of(tenant, day))
            self._note(tenant, kind, day, None)
        table.vacuum(retention_hours=VACUUM_H, enforce_retention_duration=False, dry_run=False)

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
