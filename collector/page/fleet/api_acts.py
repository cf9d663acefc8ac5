"""/api/fleet/sensors/TENANT/SENSOR/ACT: what can be done to a sensor; /api/fleet/approvals: units that wait for it."""

from dataclasses import dataclass

from fastapi import FastAPI

from ...enrolment.approval import Approvals
from ...enrolment.units import Unit
from ...grouping.book import Edit
from ...records.registry import Sensor
from ...records.standing import Standing
from ..given import Unfit
from ..visit import Visit, Who
from .acts import Acts
from .api_sensors import SensorLine, line
from .bodies import Approval, Editing, MayBeWhy, Name, Ordering, Tenant, Why


@dataclass(frozen=True, slots=True)
class Waiting:
    """A unit that waits for a sensor's place. replaces: whether another unit has it now."""

    tenant: str
    site: str
    sensor: str
    fingerprint: str
    replaces: bool
    claim: str | None
    shown_ms: int
    asked_ms: int
    version: str
    board: str
    model: str
    profile: str

    @classmethod
    def of(cls, sensor: Sensor, unit: Unit) -> "Waiting":
        """Unit and place."""
        about = unit.about
        return cls(
            tenant=sensor.tenant,
            site=sensor.site,
            sensor=sensor.name,
            fingerprint=unit.fingerprint,
            replaces=sensor.approved,
            claim=unit.claim_id,
            shown_ms=unit.shown_ms,
            asked_ms=unit.asked_ms,
            version=about.version,
            board=about.board,
            model=about.model,
            profile=about.profile,
        )


@dataclass(frozen=True, slots=True)
class Ordered:
    """A command that was left for a sensor."""

    sensor: str
    verb: str
    by: str
    state: str


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Who waits, whether somebody is let in, and what is done to those that are."""
    _add_standing(app, acts)
    _add_telling(app, acts)

    @app.get("/api/fleet/approvals")
    def fleet_approvals(visit: Who) -> list[Waiting]:
        """The units that wait for somebody to let them in."""
        sites = visit.somebody.sites
        found = Approvals(acts.collector.registry.engine).waiting()
        return [Waiting.of(sensor, unit) for sensor, unit in found if sites.has(sensor.tenant, sensor.site)]


def _add_standing(app: FastAPI, acts: Acts) -> None:
    @app.post("/api/fleet/sensors/{tenant}/{sensor}/approve")
    def fleet_approve(visit: Who, tenant: Tenant, sensor: Name, body: Approval | None = None) -> SensorLine:
        """Let the unit that waits for its place have it. Compare the fingerprint with what the unit shows."""
        said = body or Approval()
        sight = acts.sight(visit.somebody)
        name = acts.sensors.approve(sight, tenant, sensor, said.fingerprint, said.site, said.name)
        return line(acts, visit, tenant, name)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/refuse")
    def fleet_refuse(visit: Who, tenant: Tenant, sensor: Name, body: Why) -> SensorLine:
        """Turn away the unit that waits. Where no unit ever had the place, its name is used up with it."""
        acts.sensors.refuse(acts.sight(visit.somebody), tenant, sensor, body.why)
        return line(acts, visit, tenant, sensor)

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


def _add_telling(app: FastAPI, acts: Acts) -> None:
    @app.post("/api/fleet/sensors/{tenant}/{sensor}/edit")
    def fleet_edit(visit: Who, tenant: Tenant, sensor: Name, body: Editing) -> SensorLine:
        """Site, group, tags, what it hangs behind, position."""
        if (body.latitude is None) != (body.longitude is None):
            raise Unfit("latitude and longitude come together; give both, or neither")
        position = None
        if body.latitude is not None and body.longitude is not None:
            position = (body.latitude, body.longitude)
        tags = None if body.tags is None else frozenset(body.tags)
        edit = Edit(tags=tags, site=body.site, group=body.group, behind=body.behind, position=position)
        acts.sensors.edit(acts.sight(visit.somebody), tenant, sensor, edit)
        return line(acts, visit, tenant, sensor)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/command")
    def fleet_command(visit: Who, tenant: Tenant, sensor: Name, body: Ordering) -> Ordered:
        """Have it do one thing, once, within five minutes or not at all."""
        order = acts.sensors.command(acts.sight(visit.somebody), tenant, sensor, body.verb)
        return Ordered(sensor, order.verb, order.actor, order.state)

    @app.post("/api/fleet/sensors/{tenant}/{sensor}/push")
    def fleet_push(visit: Who, tenant: Tenant, sensor: Name, body: MayBeWhy | None = None) -> SensorLine:
        """Send it the same configuration again, as a new version."""
        acts.sensors.push(acts.sight(visit.somebody), [(tenant, sensor)], body.why if body else "")
        return line(acts, visit, tenant, sensor)


def _moved(acts: Acts, visit: Visit, sensor: tuple[str, str], to: Standing, why: str) -> SensorLine:
    acts.sensors.move(acts.sight(visit.somebody), *sensor, to, why)
    return line(acts, visit, *sensor)
