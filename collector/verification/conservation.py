"""Conservation by epoch: of each start that has said so, what it made under each epoch's key and what became of it.

emitted = committed + waiting in its spool + dropped + difference, in batches; the difference must be 0. A sensor
speaks of its newest epochs, its half is as old as its last word, and of a start before its present one it says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Engine, select

from .. import schema
from ..database import one_moment
from ..records.reports import read_reports
from ..storage.epochs import UNKNOWN


@dataclass(frozen=True, slots=True)
class EpochBalance:
    """One epoch of one start, or of all starts of a tenant (sensor ""), in batches."""

    tenant: str
    sensor: str
    epoch: str  # "" = made without a key
    emitted: int
    committed: int
    waiting: int
    dropped_full: int
    dropped_refused: int
    difference: int | None  # None: the start ran before epochs were counted here

    @property
    def of(self) -> str:
        """Which one, in words."""
        return f"{self.tenant}/{self.sensor}, {f'epoch {self.epoch}' if self.epoch else 'without a key'}"


def by_epoch(engine: Engine) -> list[EpochBalance]:
    """Every epoch that the sensors' last words speak of, by tenant, sensor and epoch."""
    table, sensors, reports = schema.epoch_ledger, schema.sensors, schema.reports
    running = (reports.c.sensor_id == table.c.sensor_id) & (reports.c.boot == table.c.boot)
    with one_moment(engine) as connection:
        said = read_reports(connection)
        rows = connection.execute(select(table).join(reports, running)).all()
        named = {row.id: (row.tenant, row.name) for row in connection.execute(select(sensors))}
    committed = {(row.sensor_id, row.epoch): row.batches for row in rows}
    found = []
    for sensor_id, report in said.items():
        for one in report.health.epochs if report.health and sensor_id in named else ():
            there = committed.get((sensor_id, one.epoch), 0)
            gone = one.waiting + one.dropped_full + one.dropped_refused
            known = (sensor_id, UNKNOWN) not in committed
            found.append(
                EpochBalance(
                    *named[sensor_id],
                    one.epoch,
                    max(one.emitted, there),
                    there,
                    one.waiting,
                    one.dropped_full,
                    one.dropped_refused,
                    max(0, one.emitted - there - gone) if known else None,
                )
            )
    return sorted(found, key=lambda one: (one.tenant, one.sensor, one.epoch))


def summed(balances: Iterable[EpochBalance]) -> list[EpochBalance]:
    """The same of each tenant, by tenant and epoch, over the starts whose difference is known."""
    sums: dict[tuple[str, str], list[int]] = {}
    for one in balances:
        if one.difference is not None:
            row = sums.setdefault((one.tenant, one.epoch), [0] * 6)
            counted = (one.emitted, one.committed, one.waiting, one.dropped_full, one.dropped_refused, one.difference)
            row[:] = [so_far + count for so_far, count in zip(row, counted, strict=True)]
    return [EpochBalance(tenant, "", epoch, *row) for (tenant, epoch), row in sorted(sums.items())]
