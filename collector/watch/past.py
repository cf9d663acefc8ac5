"""The past of sensors: how each was, ten minutes by ten minutes for days, hour by hour for weeks; and its states.

An hour keeps what counts grew by in it, and the worst of what is no count. A sensor that was not heard has no point:
that time is a gap, never a zero.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Engine, case, delete, func, select

from .. import schema
from ..database import inserting, writing
from .checks import CHECKS, NEVER, OK, UNSEATED
from .conditions import Condition, Key
from .seen import Sample, Seen

HOUR_MS = 3_600_000
HOURS_KEPT_MS = 31 * 24 * HOUR_MS
STATES_KEPT_MS = 90 * 24 * HOUR_MS
FRESH_S = 1200.0  # a start that young has counted all it has within about one sample
GREW = ("frames", "kernel_drops", "dropped", "reconnects")
MOST = ("load_1m", "temperature_c", "clock_offset_ms", "spool_batches", "spool_bytes")
LEAST = "memory_available_kib"


@dataclass(frozen=True, slots=True)
class Point:
    """How a sensor was in a time. Counts are what came in it; of the rest the worst, None = it does not say."""

    start_ms: int
    length_ms: int
    frames: int
    kernel_drops: int
    dropped: int
    reconnects: int
    load_1m: float | None
    memory_available_kib: int | None
    temperature_c: float | None
    clock_offset_ms: int | None
    spool_batches: int | None
    spool_bytes: int | None


@dataclass(frozen=True, slots=True)
class StateChange:
    """A sensor was in this state from then on."""

    sensor_id: int
    time_ms: int
    state: str
    says: str


def grown(seen: Seen) -> dict[str, Any] | None:
    """The row that a sensor's last word adds to its hour; None where it adds nothing. Pure."""
    now, before = seen.now, seen.before
    if now is None or (before is not None and now.time_ms <= before.time_ms):
        return None
    row: dict[str, Any] = {"sensor_id": now.sensor_id, "hour_ms": now.time_ms - now.time_ms % HOUR_MS, "points": 1}
    health = seen.report.health if seen.report else None
    young = health is not None and health.uptime_s < FRESH_S
    for name in GREW:
        base = getattr(before, name) if before else 0 if young else getattr(now, name)
        row[name] = max(0, getattr(now, name) - base)
    row |= {name: getattr(now, name) for name in (*MOST, LEAST)}
    if now.clock_offset_ms is not None:
        row["clock_offset_ms"] = abs(now.clock_offset_ms)
    return row


def points(samples: Sequence[Sample]) -> list[Point]:
    """What lies between samples of one sensor, oldest first. Between two starts counts begin at zero. Pure."""
    found = []
    for before, now in pairwise(samples):
        same = before.boot == now.boot
        said: dict[str, Any] = {name: getattr(now, name) for name in (*MOST, LEAST)}
        said |= {name: max(0, getattr(now, name) - (getattr(before, name) if same else 0)) for name in GREW}
        said["clock_offset_ms"] = None if now.clock_offset_ms is None else abs(now.clock_offset_ms)
        found.append(Point(before.time_ms, now.time_ms - before.time_ms, **said))
    return found


def change(seen: Seen, now: Mapping[Key, Condition], last: StateChange | None) -> StateChange | None:
    """The state that a sensor is in since lately; None where it is in that of `last`. Pure.

    Only what has lasted for its tolerance is a state here; it began when it was first seen.
    """
    found = StateChange(seen.sensor.id, seen.now_ms, OK if seen.report else NEVER, "")
    if seen.sensor.state in UNSEATED:
        found = StateChange(seen.sensor.id, seen.sensor.changed_ms or seen.now_ms, seen.sensor.state, seen.sensor.says)
    for check in CHECKS if seen.sensor.state not in UNSEATED else ():
        held = now.get((seen.sensor.id, check.state))
        if held is not None and held.raised_ms is not None:
            found = StateChange(seen.sensor.id, held.since_ms, check.state, held.says)
            break
    if last is None or found.state != last.state:
        return found if last is None else replace(found, time_ms=max(found.time_ms, last.time_ms + 1))
    return None


class Past:
    """Reads and writes of it in the registry database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = inserting(engine)

    def add(self, seen: Iterable[Seen], now_ms: int) -> None:
        """Add the last words of sensors to their hours; what is too old goes."""
        rows = [row for row in map(grown, seen) if row is not None]
        with writing(self._engine).begin() as connection:
            table = schema.health_hours
            connection.execute(delete(table).where(table.c.hour_ms < now_ms - HOURS_KEPT_MS))
            if rows:
                connection.execute(_added(self._insert(table)), rows)
            _forget_states(connection, now_ms)

    def ten_minutes(self, sensor_id: int, since_ms: int) -> list[Point]:
        """A sensor's points since then, from its samples."""
        table = schema.samples
        wanted = select(table).where(table.c.sensor_id == sensor_id, table.c.time_ms >= since_ms)
        with self._engine.begin() as connection:
            return points([Sample(*row) for row in connection.execute(wanted.order_by(table.c.time_ms))])

    def hours(self, sensor_id: int, since_ms: int) -> list[Point]:
        """A sensor's hours since then."""
        table = schema.health_hours
        wanted = select(table).where(table.c.sensor_id == sensor_id, table.c.hour_ms >= since_ms)
        names = list(Point.__dataclass_fields__)[2:]
        with self._engine.begin() as connection:
            return [
                Point(row.hour_ms, HOUR_MS, *(getattr(row, name) for name in names))
                for row in connection.execute(wanted.order_by(table.c.hour_ms))
            ]

    def states(self, sensor_id: int, since_ms: int) -> list[StateChange]:
        """A sensor's states since then, oldest first, behind the one that it was in before."""
        table = schema.state_changes
        mine = table.c.sensor_id == sensor_id
        begin = select(func.max(table.c.time_ms)).where(mine, table.c.time_ms <= since_ms).scalar_subquery()
        wanted = select(table).where(mine, table.c.time_ms >= func.coalesce(begin, 0)).order_by(table.c.time_ms)
        with self._engine.begin() as connection:
            return [StateChange(*row) for row in connection.execute(wanted)]

    def newest_states(self) -> dict[int, StateChange]:
        """By sensor: the state that it is in."""
        table = schema.state_changes
        newest = select(table.c.sensor_id, func.max(table.c.time_ms).label("time_ms")).group_by(table.c.sensor_id)
        last = newest.subquery()
        joined = select(table).join(last, (table.c.sensor_id == last.c.sensor_id) & (table.c.time_ms == last.c.time_ms))
        with self._engine.begin() as connection:
            return {row.sensor_id: StateChange(*row) for row in connection.execute(joined)}

    def add_states(self, changes: Sequence[StateChange]) -> None:
        """Sensors are in other states now."""
        if not changes:
            return
        rows = [{name: getattr(one, name) for name in StateChange.__dataclass_fields__} for one in changes]
        with writing(self._engine).begin() as connection:
            connection.execute(self._insert(schema.state_changes).on_conflict_do_nothing(), rows)


def _added(statement: Any) -> Any:
    """Counts are summed, of the rest the worse is kept: an answer that is missing worsens nothing."""
    table, new = schema.health_hours, statement.excluded
    change: dict[str, Any] = {name: table.c[name] + new[name] for name in ("points", *GREW)}
    for name in (*MOST, LEAST):
        old, other = table.c[name], new[name]
        better = old <= other if name == LEAST else old >= other
        change[name] = case((other.is_(None), old), (better, old), else_=other)
    return statement.on_conflict_do_update(index_elements=["sensor_id", "hour_ms"], set_=change)


def _forget_states(connection: Connection, now_ms: int) -> None:
    """States that ended long ago; the one that a sensor is in stays, however old."""
    table = schema.state_changes
    later = table.alias()
    over = select(later.c.sensor_id).where(later.c.sensor_id == table.c.sensor_id, later.c.time_ms > table.c.time_ms)
    connection.execute(delete(table).where(table.c.time_ms < now_ms - STATES_KEPT_MS, over.exists()))
