"""/api/fleet/sensors: the list, and one sensor: how it is, how it was, what was done to it."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import FastAPI, Query

from ...watch.checks import STATES
from ...watch.muster import Mustered
from ...watch.past import HOUR_MS, Past, Point, StateChange
from ..visit import Visit, Who
from . import asked
from .acts import Acts
from .asked import AMISS, PAGE_SIZE, PAGE_SIZE_MAX, SORTS, Asked, Found
from .bodies import Name, Tenant
from .past import HOURS_MAX, points

SORT = "^-?(" + "|".join(SORTS) + ")$"
STATE = "^(" + "|".join((*STATES, AMISS)) + ")$"
Search = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class SensorLine:
    """A sensor as a list has it. missing: batches that it sent and nobody has; must be 0."""

    tenant: str
    site: str
    name: str
    group: str
    tags: list[str]
    behind: str
    latitude: float | None
    longitude: float | None
    standing: str
    state: str
    says: str
    do: str
    since_ms: int | None
    connection: str
    heard_ms: int | None
    version: str
    frames: int | None
    emitted: int | None
    committed: int
    spooled: int | None
    dropped: int | None
    missing: int | None
    duplicates: int

    @classmethod
    def of(cls, one: Mustered, seen: set[str] | None = None) -> "SensorLine":
        """seen: names of sensors that may be told; None = all."""
        known, state, sensor = one.known, one.seen, one.known.sensor
        return cls(
            tenant=sensor.tenant,
            site=sensor.site,
            name=sensor.name,
            group=sensor.group_name,
            tags=sorted(known.tags),
            behind=known.behind if seen is None or known.behind in seen else "",
            latitude=known.latitude,
            longitude=known.longitude,
            standing=sensor.state,
            state=one.shown.state,
            says=one.shown.says,
            do=one.shown.do,
            since_ms=one.shown.since_ms,
            connection=state.state,
            heard_ms=state.heard_ms,
            version=state.version,
            frames=state.frames,
            emitted=state.emitted,
            committed=state.committed,
            spooled=state.spooled,
            dropped=state.dropped,
            missing=state.missing,
            duplicates=state.duplicates,
        )


@dataclass(frozen=True, slots=True)
class SensorList:
    """A page of the list. counts: by state, of those that all words but the state leave."""

    total: int
    page: int
    pages: int
    counts: dict[str, int]
    sensors: list[SensorLine]

    @classmethod
    def of(cls, found: Found, seen: set[str]) -> "SensorList":
        """The answer to a list that was asked for."""
        lines = [SensorLine.of(one, seen) for one in found.rows]
        return cls(found.total, found.page, found.pages, dict(found.counts), lines)


@dataclass(frozen=True, slots=True)
class Health:
    """A sensor over some hours: points of about ten minutes, of an hour where more than three days are asked for."""

    points: list[Point]
    states: list[StateChange]


@dataclass(frozen=True, slots=True)
class DeedSaid:
    """Something that was done to a sensor."""

    time_ms: int
    actor: str
    verb: str
    object: str
    says: str


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Reading alone."""
    past = Past(acts.collector.registry.engine)

    @app.get("/api/fleet/sensors")
    def fleet_sensors(
        visit: Who,
        q: Search = "",
        state: Annotated[str, Query(pattern=STATE)] | None = None,
        site: Annotated[str, Query(max_length=97)] = "",
        tag: Search = "",
        version: Search = "",
        sort: Annotated[str, Query(pattern=SORT)] = "name",
        page: Annotated[int, Query(ge=1, le=100_000)] = 1,
        size: Annotated[int, Query(ge=1, le=PAGE_SIZE_MAX)] = PAGE_SIZE,
    ) -> SensorList:
        """The sensors that fit, a page of them. site: TENANT/SITE. A sort with - goes the other way round."""
        sensors = acts.sight(visit.somebody).sensors()
        found = asked.find(Asked(q, state or "", site, tag, version, sort, page, size), sensors)
        return SensorList.of(found, {one.name for one in sensors})

    @app.get("/api/fleet/sensors/{tenant}/{sensor}")
    def fleet_sensor(visit: Who, tenant: Tenant, sensor: Name) -> SensorLine:
        """One sensor as it is now."""
        return line(acts, visit, tenant, sensor)

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/health")
    def fleet_health(
        visit: Who, tenant: Tenant, sensor: Name, hours: Annotated[int, Query(ge=1, le=HOURS_MAX)] = 24
    ) -> Health:
        """How it was in the last hours. What is missing was not heard."""
        number = acts.sight(visit.somebody).sensor(tenant, sensor).known.sensor.id
        since_ms = acts.now_ms() - hours * HOUR_MS
        return Health(points(past, number, hours, since_ms), past.states(number, since_ms))

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/history")
    def fleet_history(visit: Who, tenant: Tenant, sensor: Name) -> list[DeedSaid]:
        """Everything that was done to it, oldest first."""
        sight = acts.sight(visit.somebody)
        deeds = sight.deeds(sight.sensor(tenant, sensor))
        return [DeedSaid(one.time_ms, one.actor, one.verb, one.object, one.says) for one in deeds]


def line(acts: Acts, visit: Visit, tenant: str, name: str) -> SensorLine:
    """A sensor as somebody sees it now. Raises QueryError."""
    sight = acts.sight(visit.somebody)
    return SensorLine.of(sight.sensor(tenant, name), {one.name for one in sight.sensors()})
