"""Flags: times in which what a sensor heard is kept, and not counted, each with its reason."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import Engine, func, select

from .. import schema
from ..calendar import Span
from ..database import inserting, writing

SPOOFED, SATURATED, OVER_SHARE = "spoofed", "saturated", "over_share"
NOT_COUNTED = (SPOOFED, SATURATED)
SAYS = {
    SPOOFED: "far more new addresses than usual, and they sound like one transmitter: not counted",
    SATURATED: "more addresses than a channel can honestly carry: not counted",
    OVER_SHARE: "more sightings in a day than a sensor may send: the rest was left out",
}


@dataclass(frozen=True, slots=True)
class Flag:
    """A time of one sensor, and why it is flagged."""

    sensor_id: int
    start_ms: int
    end_ms: int
    reason: str
    figures: str = "{}"  # JSON


@dataclass(frozen=True, slots=True)
class Degraded:
    """Flagged time of one sensor, windows that follow each other as one."""

    site: str
    sensor: str
    reason: str
    start_ms: int
    end_ms: int


def flag(sensor_id: int, span: tuple[int, int], reason: str, figures: dict[str, float] | None = None) -> Flag:
    """A flag; `span`: begin and end."""
    return Flag(sensor_id, *span, reason, json.dumps(figures or {}))


class Flags:
    """The table `flags`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = inserting(engine)

    def put(self, flags: Sequence[Flag]) -> None:
        """Keep flags; the first of a window holds."""
        if not flags:
            return
        with writing(self._engine).begin() as connection:
            wanted = self._insert(schema.flags).on_conflict_do_nothing()
            connection.execute(wanted, [asdict(one) for one in flags])

    def within(self, tenant: str, span: Span) -> list[Degraded]:
        """The flagged times of a tenant's sensors that touch a time, by sensor, reason and begin."""
        flags, sensors = schema.flags.c, schema.sensors.c
        wanted = (
            select(sensors.site, sensors.name, flags.reason, flags.start_ms, flags.end_ms)
            .join(schema.sensors, sensors.id == flags.sensor_id)
            .where(sensors.tenant == tenant, flags.start_ms < span.end_ms, flags.end_ms > span.start_ms)
            .order_by(sensors.name, flags.reason, flags.start_ms)
        )
        with self._engine.begin() as connection:
            return list(_joined(Degraded(*row) for row in connection.execute(wanted)))

    def stamp(self, tenant: str) -> tuple[int, int]:
        """Another one whenever a time of a tenant's sensors was flagged: how many are, and the last end of one."""
        flags, sensors = schema.flags.c, schema.sensors.c
        wanted = (
            select(func.count(), func.max(flags.end_ms))
            .join_from(schema.flags, schema.sensors, sensors.id == flags.sensor_id)
            .where(sensors.tenant == tenant)
        )
        with self._engine.begin() as connection:
            count, last_ms = connection.execute(wanted).one()
            return count, last_ms or 0


def _joined(flagged: Iterable[Degraded]) -> Iterator[Degraded]:
    """Times that follow each other as one."""
    open_: Degraded | None = None
    for one in flagged:
        if open_ and (open_.sensor, open_.reason) == (one.sensor, one.reason) and one.start_ms <= open_.end_ms:
            open_ = replace(open_, end_ms=max(open_.end_ms, one.end_ms))
            continue
        if open_:
            yield open_
        open_ = one
    if open_:
        yield open_


def lines(flagged: Iterable[Degraded]) -> list[str]:
    """Flagged times as a report says them, a line a sensor and reason."""
    minutes: dict[tuple[str, str], float] = {}
    for one in flagged:
        key = (one.sensor, one.reason)
        minutes[key] = minutes.get(key, 0.0) + (one.end_ms - one.start_ms) / 60_000
    return [f"{sensor}, {spent:.1f} min: {SAYS.get(why, why)}" for (sensor, why), spent in sorted(minutes.items())]
