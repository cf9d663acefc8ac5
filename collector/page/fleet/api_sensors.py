"""/api/fleet/sensors: the list, one sensor, what can be done to it, units that wait; the fleet for other systems."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Query

from ...enrolment.approval import Approvals
from ...grouping.book import Edit
from ...interop import geojson
from ...interop.targets import targets
from ...records.standing import Standing
from ...watch.checks import STATES
from ...watch.past import HOUR_MS, Past, Point, StateChange
from ..visit import Who
from . import asked
from .acts import Acts, Unfit, fitting
from .answers import SensorLine, SensorList, Value, Waiting
from .asked import AMISS, PAGE_SIZE, PAGE_SIZE_MAX, SORTS, Asked
from .bodies import Approval, Editing, MayBeWhy, Name, Ordering, Tenant, Why

SORT = "^-?(" + "|".join(SORTS) + ")$"
STATE = "^(" + "|".join((*STATES, AMISS)) + ")$"
SAMPLES_H = 72  # so long samples of ten minutes are kept
HOURS_MAX = 31 * 24
Search = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class Health:
    """A sensor over some hours: points of about ten minutes, of an hour where more than three days are asked for."""

    points: list[Point]
    states: list[StateChange]


@dataclass(frozen=True, slots=True)
class Targets:
    """What Prometheus's http_sd_configs takes."""

    targets: list[str]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ordered:
    """A command that was left for a sensor."""

    sensor: str
    verb: str
    by: str
    state: str


@dataclass(frozen=True, slots=True)
class DeedSaid:
    """Something that was done to a sensor."""

    time_ms: int
    actor: str
    verb: str
    object: str
    says: str


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Reading, changing, and the forms of others."""
    _add_reading(app, acts)
    _add_changes(app, acts)
    _add_forms(app, acts)


def _add_reading(app: FastAPI, acts: Acts) -> None:
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
        return _line(acts, visit, tenant, sensor)

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/health")
    def fleet_health(
        visit: Who, tenant: Tenant, sensor: Name, hours: Annotated[int, Query(ge=1, le=HOURS_MAX)] = 24
    ) -> Health:
        """How it was in the last hours. What is missing was not heard."""
        number = acts.sight(visit.somebody).sensor(tenant, sensor).known.sensor.id
        since_ms = acts.now_ms() - hours * HOUR_MS
        read = past.ten_minutes if hours <= SAMPLES_H else past.hours
        return Health(read(number, since_ms), past.states(number, since_ms))

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/history")
    def fleet_history(visit: Who, tenant: Tenant, sensor: Name) -> list[DeedSaid]:
        """Everything that was done to it, oldest first."""
        sight = acts.sight(visit.somebody)
        deeds = sight.deeds(sight.sensor(tenant, sensor))
        return [DeedSaid(one.time_ms, one.actor, one.verb, one.object, one.says) for one in deeds]

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/config")
    def fleet_sensor_config(visit: Who, tenant: Tenant, sensor: Name) -> dict[str, Value]:
        """The options that hold for it, each with the layer that it is from; what is left out is the unit's own."""
        sight = acts.sight(visit.somebody)
        effective = sight.effective(sight.sensor(tenant, sensor))
        return {name: Value(origin.value, origin.source) for name, origin in effective.items()}

    @app.get("/api/fleet/approvals")
    def fleet_approvals(visit: Who) -> list[Waiting]:
        """The units that wait for somebody to let them in."""
        sites = visit.somebody.sites
        found = Approvals(acts.collector.registry.engine).waiting()
        return [Waiting.of(sensor, unit) for sensor, unit in found if sites.has(sensor.tenant, sensor.site)]


def _add_changes(app: FastAPI, acts: Acts) -> None:
    @app.post("/api/fleet/sensors/{tenant}/{sensor}/approve")
    def fleet_approve(visit: Who, tenant: Tenant, sensor: Name, body: Approval | None = None) -> SensorLine:
        """Let the unit that waits for its place have it. Compare the fingerprint with what the unit shows."""
        said = body or Approval()
        sight = acts.sight(visit.somebody)
        name = acts.approve(sight, tenant, sensor, said.fingerprint, said.site, said.name)
        return _line(acts, visit, tenant, name)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/refuse")
    def fleet_refuse(visit: Who, tenant: Tenant, sensor: Name, body: Why) -> SensorLine:
        """Turn away the unit that waits. Where no unit ever had the place, its name is used up with it."""
        acts.refuse(acts.sight(visit.somebody), tenant, sensor, body.why)
        return _line(acts, visit, tenant, sensor)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/revoke")
    def fleet_revoke(visit: Who, tenant: Tenant, sensor: Name, body: Why) -> SensorLine:
        """Shut it out for good. There is no way back, for the name neither."""
        return _moved(acts, visit, (tenant, sensor), Standing.REVOKED, body.why)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/quarantine")
    def fleet_quarantine(visit: Who, tenant: Tenant, sensor: Name, body: Why) -> SensorLine:
        """Take nothing more of it until somebody has looked."""
        return _moved(acts, visit, (tenant, sensor), Standing.QUARANTINED, body.why)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/release")
    def fleet_release(visit: Who, tenant: Tenant, sensor: Name, body: Why) -> SensorLine:
        """Let it out of quarantine."""
        return _moved(acts, visit, (tenant, sensor), Standing.APPROVED, body.why)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/edit")
    def fleet_edit(visit: Who, tenant: Tenant, sensor: Name, body: Editing) -> SensorLine:
        """Site, group, tags, what it hangs behind, position."""
        if (body.latitude is None) != (body.longitude is None):
            raise Unfit("latitude and longitude come together")
        position = None
        if body.latitude is not None and body.longitude is not None:
            position = (body.latitude, body.longitude)
        tags = None if body.tags is None else frozenset(body.tags)
        edit = Edit(tags=tags, site=body.site, group=body.group, behind=body.behind, position=position)
        acts.edit(acts.sight(visit.somebody), tenant, sensor, edit)
        return _line(acts, visit, tenant, sensor)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/command")
    def fleet_command(visit: Who, tenant: Tenant, sensor: Name, body: Ordering) -> Ordered:
        """Have it do one thing, once, within five minutes or not at all."""
        order = acts.command(acts.sight(visit.somebody), tenant, sensor, body.verb)
        return Ordered(sensor, order.verb, order.actor, order.state)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/push")
    def fleet_push(visit: Who, tenant: Tenant, sensor: Name, body: MayBeWhy | None = None) -> SensorLine:
        """Send it the same configuration again, as a new version."""
        acts.push(acts.sight(visit.somebody), [(tenant, sensor)], body.why if body else "")
        return _line(acts, visit, tenant, sensor)


def _add_forms(app: FastAPI, acts: Acts) -> None:
    @app.get("/api/fleet/http_sd")
    def http_sd(visit: Who, target: Annotated[str, Query(max_length=200)] = "{sensor}:9100") -> list[Targets]:
        """Targets for Prometheus's http_sd_configs: the approved sensors. target: how an address is made of names."""
        known = [one.known for one in acts.sight(visit.somebody).sensors() if one.known.sensor.approved]
        with fitting():
            found: list[dict[str, Any]] = targets(known, target)
        return [Targets(one["targets"], one["labels"]) for one in found]

    @app.get("/api/fleet/geojson")
    def places(visit: Who) -> dict[str, Any]:
        """Sites and sensors as GeoJSON (RFC 7946)."""
        sensors = acts.sight(visit.somebody).sensors()
        states = {one.known.sensor.id: one.shown.state for one in sensors}
        return geojson.collection([one.known for one in sensors], states)


def _moved(acts: Acts, visit: Who, sensor: tuple[str, str], to: Standing, why: str) -> SensorLine:
    acts.move(acts.sight(visit.somebody), *sensor, to, why)
    return _line(acts, visit, *sensor)


def _line(acts: Acts, visit: Who, tenant: str, name: str) -> SensorLine:
    sight = acts.sight(visit.somebody)
    return SensorLine.of(sight.sensor(tenant, name), {one.name for one in sight.sensors()})
