"""Reports: what each sensor said of itself last. One row a sensor."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, Engine, Row, select, update

from footfall_sensor.wire.messages import Health

from .. import schema
from ..database import inserting, writing


@dataclass(frozen=True, slots=True)
class Report:
    """What a sensor said of itself last."""

    sensor_id: int
    boot: int
    received_ms: int
    connected: bool
    version: str
    health: Health | None
    firmware: str | None = None  # version of the image, see wire.image; None = this message does not say
    board: str | None = None


def boot_number(boot: bytes) -> int:
    """A boot id as the database keeps it: its 8 bytes as a signed integer."""
    return int.from_bytes(boot, "little", signed=True)


def boot_bytes(number: int) -> bytes:
    """The boot id behind a database number."""
    return number.to_bytes(8, "little", signed=True)


class Reports:
    """Reads and writes of reports."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = inserting(engine)

    def record(self, reports: Sequence[Report]) -> None:
        """Keep the newest report of each sensor. A report without health keeps the health that was there."""
        if not reports:
            return
        wanted = self._insert(schema.reports)
        with writing(self._engine).begin() as connection:
            # In their order, and of those that say the same things together: to build a statement for each costs more
            # than the rest, and all sensors may start at once.
            for kept, some in groupby(reports, _kept):
                rows = [_row(report) for report in some]
                change = {name: wanted.excluded[name] for name in rows[0] if name not in kept}
                connection.execute(wanted.on_conflict_do_update(index_elements=["sensor_id"], set_=change), rows)

    def disconnect_all(self) -> None:
        """At the collector's start nobody is known to be connected."""
        with writing(self._engine).begin() as connection:
            connection.execute(update(schema.reports).values(connected=False))

    def newest(self, place: tuple[str, str] | None = None) -> dict[int, Report]:
        """The newest report of each sensor, or of each of a place (tenant, site), by sensor id."""
        with self._engine.begin() as connection:
            return read_reports(connection, place)


def read_reports(connection: Connection, place: tuple[str, str] | None = None) -> dict[int, Report]:
    """The newest report of each sensor, or of each of a place (tenant, site), as a transaction sees them."""
    wanted = select(schema.reports)
    if place is not None:
        sensors = schema.sensors.c
        wanted = wanted.join(schema.sensors, sensors.id == schema.reports.c.sensor_id)
        wanted = wanted.where(sensors.tenant == place[0], sensors.site == place[1])
    return {row.sensor_id: _report(row) for row in connection.execute(wanted)}


def _kept(report: Report) -> frozenset[str]:
    """The columns that stay as they are, because this report does not say."""
    silent = {"health": report.health is None, "version": not report.version}
    silent["firmware"] = silent["board"] = report.firmware is None
    return frozenset({"sensor_id", *(name for name, says_nothing in silent.items() if says_nothing)})


def _row(report: Report) -> dict[str, object]:
    return {
        "sensor_id": report.sensor_id,
        "boot": report.boot,
        "received_ms": report.received_ms,
        "connected": report.connected,
        "version": report.version,
        "health": report.health.encode() if report.health else None,
        "firmware": report.firmware or "",
        "board": report.board or "",
    }


def _report(row: "Row[tuple[object, ...]]") -> Report:
    health = Health.decode(row.health) if row.health else None
    return Report(row.sensor_id, row.boot, row.received_ms, row.connected, row.version, health, row.firmware, row.board)
