"""The fleet: what state each sensor is in, told from its last words and from what the collector has of it.

Conservation, in batches since the sensor's start: emitted = committed + in its spool + dropped. The sensor's half is as
old as its last health message; until the next one the collector may have more than the sensor knows of, never less.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .records.registry import Registry, Sensor
from .records.reports import Report
from .records.standing import Standing
from .storage.ledger import LedgerRow
from .storage.manifest import Manifest

HEALTH_S = 60  # how often a sensor says how it is
SILENT_S = 3 * HEALTH_S  # one message may be lost and one late while it reconnects; three in a row are no accident


SHUT_OUT = frozenset({Standing.QUARANTINED, Standing.REVOKED, Standing.REPLACED})
WAITS = {Standing.NEW: "announced by a claim; no unit has shown it yet"}


class State(StrEnum):
    """How a sensor is, as seen from here."""

    CONNECTED = "connected"
    SILENT = "silent"
    NEVER = "never heard"
    UNAPPROVED = "waits for approval"
    SHUT_OUT = "shut out"


@dataclass(frozen=True, slots=True)
class SensorState:
    """One sensor: its state, and both halves of its conservation check. None = it has not said."""

    tenant: str
    name: str
    site: str
    state: State
    says: str
    heard_ms: int | None  # its last word, UTC
    version: str
    frames: int | None
    emitted: int | None  # batches since its start, as all the following; as it said, or more where more have come since
    committed: int
    spooled: int | None
    dropped: int | None
    missing: int | None  # emitted, and nowhere: must be 0
    duplicates: int
    standing: Standing  # whether it may send
    firmware: str = ""  # version of its image, as its birth said; "" = it did not
    board: str = ""


def state_of(sensor: Sensor, report: Report | None, ledger: Iterable[LedgerRow], now_ms: int) -> SensorState:
    """The state of a sensor, from the ledger's rows of all its starts."""
    rows = [row for row in ledger if row.sensor_id == sensor.id and (report is None or row.boot == report.boot)]
    committed = sum(row.batches for row in rows)
    state, says = _judge(sensor, report, committed, now_ms)
    totals = report.health.totals if report and report.health else None
    dropped = totals.batches_dropped_full + totals.batches_dropped_refused if totals else None
    spooled = report.health.spool_batches if report and report.health else None
    missing = None
    if totals is not None and dropped is not None and spooled is not None:
        missing = max(0, totals.batches_emitted - committed - spooled - dropped)
    return SensorState(
        tenant=sensor.tenant,
        name=sensor.name,
        site=sensor.site,
        state=state,
        says=says,
        heard_ms=report.received_ms if report else None,
        version=report.version if report else "",
        frames=totals.frames if totals else None,
        emitted=max(totals.batches_emitted, committed) if totals else None,
        committed=committed,
        spooled=spooled,
        dropped=dropped,
        missing=missing,
        duplicates=sum(row.duplicates for row in rows),
        standing=sensor.state,
        firmware=(report and report.firmware) or "",
        board=(report and report.board) or "",
    )


def look(
    registry: Registry, manifest: Manifest, now_ms: int, place: tuple[str, str] | None = None
) -> list[SensorState]:
    """Every sensor's state, or that of each of a place (tenant, site), by tenant and name."""
    sensors = registry.sensors(place)
    ledger = manifest.ledger(None if place is None else [sensor.id for sensor in sensors])
    return judged(sensors, registry.reports.newest(place), ledger, now_ms)


def judged(
    sensors: Iterable[Sensor], reports: Mapping[int, Report], ledger: Iterable[LedgerRow], now_ms: int
) -> list[SensorState]:
    """The states of these sensors, in their order."""
    rows: dict[int, list[LedgerRow]] = {}
    for row in ledger:
        rows.setdefault(row.sensor_id, []).append(row)
    return [state_of(sensor, reports.get(sensor.id), rows.get(sensor.id, []), now_ms) for sensor in sensors]


def _judge(sensor: Sensor, report: Report | None, committed: int, now_ms: int) -> tuple[State, str]:
    if sensor.state in SHUT_OUT:
        return State.SHUT_OUT, f"{sensor.state}: {sensor.says}"
    if not sensor.approved:
        return State.UNAPPROVED, WAITS.get(sensor.state, "nothing is taken from it until somebody approves it")
    if report is None:
        if committed:
            return State.SILENT, "its batches came, but it has never said how it is"
        return State.NEVER, "is it powered, does it reach the broker, and has it the collector's key?"
    if not report.connected:
        return State.SILENT, "it ended, or its connection broke"
    if now_ms - report.received_ms > SILENT_S * 1000:
        return State.SILENT, f"no word for more than {SILENT_S // 60} minutes, though the broker has not given it up"
    radio = report.health.radio if report.health else ""
    if radio in ("deaf", "gone"):
        return State.CONNECTED, f"but its radio is {radio}"
    if report.health and report.health.config_stale:
        return State.CONNECTED, "but its configuration has expired; footfall fleet config status says why none follows"
    return State.CONNECTED, ""
