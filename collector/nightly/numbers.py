"""The open table `numbers`: the released numbers of each site and business day, as an export tells them.

    open/numbers    a row a site, day, metric and cell; partitioned by tenant and day

They come out of the report, so the minimum group of exports, their rounding and the memory of answers hold. A day is
written in one commit, with a digest of all that its numbers rest on: who finds the same digest has nothing to do.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from deltalake.exceptions import DeltaError

from .. import calendar
from ..answers.question import EXPORT
from ..counting import estimating, levelling
from ..counting.calibrations import Calibrations
from ..errors import QueryError, StoreError, scrubbed
from ..folder import Collector
from ..housekeeping.publish import PARTITIONS, Publisher
from ..records.registry import Tenant
from ..reporting import report
from ..reporting.door_counts import DoorCounts
from ..reporting.sales import Transactions
from ..storage.store import OPEN_STAYS, SIGNS, STAYS, STEPS, VISITS, WINDOWS, ZONES

NAME = "numbers"
RESTS_ON = (WINDOWS, STAYS, OPEN_STAYS, VISITS, STEPS, ZONES, SIGNS)
SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("tenant", "day", "site", "metric", "series", "cell")),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        ("suppressed", pa.bool_()),
        ("unit", pa.string()),
        ("made_of", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Untold:
    """A site of which a day's numbers are not told, and why."""

    site: str
    says: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The table of one collector."""

    collector: Collector
    publisher: Publisher

    @classmethod
    def of(cls, collector: Collector) -> "Numbers":
        """Beside its other open tables."""
        return cls(collector, Publisher.of(collector))

    @property
    def _place(self) -> str:
        return f"{self.publisher.root}/{NAME}"

    def published(self, tenant: str, days: Collection[str]) -> dict[str, str]:
        """Day -> what its numbers rest on, of these days as far as they are there. Raises StoreError."""
        options = self.publisher.storage_options
        try:
            if not days or not DeltaTable.is_deltatable(self._place, storage_options=options):
                return {}
            table = DeltaTable(self._place, storage_options=options).to_pyarrow_table(
                filters=[("tenant", "=", tenant), ("day", "in", sorted(days))], columns=["day", "made_of"]
            )
        except (DeltaError, OSError) as exc:
            raise self._unread(exc) from None
        rows = table.group_by(["day", "made_of"]).aggregate([]).to_pylist()
        return {row["day"]: row["made_of"] for row in rows}

    def rests_on(self, tenant: Tenant, day: calendar.Span) -> str:
        """A digest of all that a day's numbers are made of; the same while nothing of it changes.

        Of files it takes how many rows there are of each kind: compaction changes nothing else about them.
        """
        store, registry = self.collector.store, self.collector.registry
        files = {kind: store.manifest.files(tenant.name, kind, [day.name]) for kind in RESTS_ON}
        before = levelling.days_before(day.name)
        levels = [(one.day, one.rows, one.covers_id) for one in store.manifest.files(tenant.name, SIGNS, before)]
        sold, calibrations = Transactions(registry.engine), Calibrations(registry.engine)
        doors = DoorCounts(registry.engine)
        said = [
            repr(tenant),
            {kind: sum(file.rows for file in some) for kind, some in files.items()},
            [max((file.covers_id or 0 for file in files[kind]), default=0) for kind in (OPEN_STAYS, SIGNS)],
            sorted(levels),
            store.zones.of(tenant.name),
            [repr(one) for one in store.flags.within(tenant.name, day)],
            [
                (
                    repr(site),
                    sold.of(tenant.name, site.name, day).to_pylist(),
                    repr(calibrations.of(site, estimating.level_dbm(site))),
                    repr(doors.rates(site)),
                )
                for site in registry.sites(tenant.name)
            ],
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def publish(self, tenant: Tenant, day: calendar.Span, now_ms: int, engine: str) -> list[Untold]:
        """Write a day's numbers in the place of those before. Returns the sites of which nothing is told.

        Raises StoreError.
        """
        made_of = self.rests_on(tenant, day)
        tables, untold = [SCHEMA.empty_table()], []
        for site in self.collector.registry.sites(tenant.name):
            try:
                store, registry = self.collector.store, self.collector.registry
                built = report.build(store, registry, tenant.name, site.name, day, now_ms, engine, EXPORT)
            except QueryError as exc:
                untold.append(Untold(site.name, str(exc)))
            else:
                tables.append(_table(built, tenant.name, day.name, made_of))
        rows = pa.concat_tables(tables)
        if rows.num_rows:
            self._write(tenant.name, day.name, rows)
        return untold

    def forget(self, tenant: str, kept: Collection[str]) -> list[str]:
        """Take out days that are not among those kept: their retention is over. Raises StoreError."""
        options = self.publisher.storage_options
        try:
            if not DeltaTable.is_deltatable(self._place, storage_options=options):
                return []
            table = DeltaTable(self._place, storage_options=options)
            there = {one["day"] for one in table.partitions() if one["tenant"] == tenant}
            gone = sorted(there - set(kept))
            for day in gone:
                table.delete(_of(tenant, day))
        except (DeltaError, OSError) as exc:
            raise self._unread(exc) from None
        return gone

    def _write(self, tenant: str, day: str, rows: "pa.Table") -> None:
        try:
            write_deltalake(
                self._place,
                rows,
                mode="overwrite",
                predicate=_of(tenant, day),
                partition_by=PARTITIONS,
                name=NAME,
                storage_options=self.publisher.storage_options,
            )
        except (DeltaError, OSError) as exc:
            raise self._unread(exc) from None

    def _unread(self, exc: Exception) -> StoreError:
        return StoreError(
            f"the open table {self._place} cannot be read or written: {scrubbed(str(exc))}. Free some space, or look "
            "at the object store"
        )


def _table(built: report.Report, tenant: str, day: str, made_of: str) -> "pa.Table":
    """The released cells of a site's day."""
    told = [(one.metric.name, one.unit(cell), cell) for one in built.answers for cell in one.cells]
    count = len(told)
    columns = {
        "tenant": [tenant] * count,
        "day": [day] * count,
        "site": [built.site] * count,
        "metric": [metric for metric, _, _ in told],
        "unit": [unit for _, unit, _ in told],
        "made_of": [made_of] * count,
        **{name: [getattr(cell, name) for _, _, cell in told] for name in CELL},
    }
    return pa.table(columns, schema=SCHEMA)


CELL = ("series", "cell", "value", "low", "high", "suppressed")


def _of(tenant: str, day: str) -> str:
    return f"tenant = '{tenant}' AND day = '{day}'"  # both are names of ours: [a-z0-9-] and a date
