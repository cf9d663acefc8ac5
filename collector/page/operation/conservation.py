"""Conservation: of every start of every sensor, what it sent and what became of it. The difference must be 0.

emitted = committed + in its spool + dropped + difference. A sensor counts from its start, and so does this table; by
epoch: collector.verification.conservation. Of earlier starts only our half is left: what they sent in all went with
their last word.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ... import fleet
from ...folder import Collector
from ...records.registry import Sensor
from ...records.reports import Report, boot_bytes
from ...storage.ledger import LedgerRow

PAGE = 100
ONLY = ("different", "spool", "dropped")


@dataclass(frozen=True, slots=True)
class Balance:
    """One start of one sensor, in batches. None: it has not said, or it is an earlier start."""

    tenant: str
    sensor: str
    site: str
    boot: str
    running: bool  # its newest start
    said_ms: int | None  # its half is as old as this
    emitted: int | None
    committed: int
    spooled: int | None
    dropped_full: int | None
    dropped_refused: int | None
    difference: int | None
    duplicates: int
    sightings: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows: texts that tenant and sensor begin with, one of ONLY, and whether earlier starts too."""

    tenant: str = ""
    sensor: str = ""
    only: str = ""
    earlier: bool = False

    def takes(self, one: Balance) -> bool:
        """Whether a row is among them."""
        return (
            (not self.tenant or one.tenant == self.tenant)
            and self.sensor in one.sensor
            and (self.earlier or one.running)
            and _only(self.only, one)
        )


def balances(collector: Collector, now_ms: int) -> list[Balance]:
    """All of them: those with a difference first, then by tenant, sensor and start."""
    reports = collector.registry.reports.newest()
    rows: dict[int, list[LedgerRow]] = {}
    for row in collector.manifest.ledger():
        rows.setdefault(row.sensor_id, []).append(row)
    found = [
        balance
        for sensor in collector.registry.sensors()
        for balance in _of(sensor, reports.get(sensor.id), rows.get(sensor.id, []), now_ms)
    ]
    return sorted(found, key=lambda one: (-(one.difference or 0), one.tenant, one.sensor, not one.running, one.boot))


def _of(sensor: Sensor, report: Report | None, rows: list[LedgerRow], now_ms: int) -> Iterable[Balance]:
    said = report.boot if report else None
    if said is not None and all(row.boot != said for row in rows):
        rows = [*rows, LedgerRow(sensor.id, said, 0, 0, 0)]
    newest = said if said is not None else max((row.boot for row in rows), default=None)
    for row in rows:
        mine = report if report is not None and row.boot == said else None
        state = fleet.state_of(sensor, report, rows, now_ms) if mine else None
        totals = mine.health.totals if mine and mine.health else None
        yield Balance(
            tenant=sensor.tenant,
            sensor=sensor.name,
            site=sensor.site,
            boot=boot_bytes(row.boot).hex(),
            running=row.boot == newest,
            said_ms=mine.received_ms if mine else None,
            emitted=state.emitted if state else None,
            committed=row.batches,
            spooled=state.spooled if state else None,
            dropped_full=totals.batches_dropped_full if totals else None,
            dropped_refused=totals.batches_dropped_refused if totals else None,
            difference=state.missing if state else None,
            duplicates=row.duplicates,
            sightings=row.sightings,
        )


def _only(only: str, one: Balance) -> bool:
    if only == "different":
        return bool(one.difference)
    if only == "spool":
        return bool(one.spooled)
    if only == "dropped":
        return bool((one.dropped_full or 0) + (one.dropped_refused or 0))
    return True
