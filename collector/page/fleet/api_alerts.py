"""/api/fleet/alerts and /api/fleet/maintenance."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from ...watch.alerts import Alert, Work
from ..given import Number
from ..visit import Who
from .acts import Acts
from .bodies import Days, Hours, Working


@dataclass(frozen=True, slots=True)
class AlertSaid:
    """An alert. site or sensor "": of the whole tenant or site."""

    id: int
    tenant: str
    site: str
    sensor: str
    state: str
    since_ms: int
    raised_ms: int
    ended_ms: int | None
    says: str
    do: str
    sensors: list[str]
    told: bool
    acknowledged_by: str
    snoozed_until_ms: int

    @classmethod
    def of(cls, one: Alert) -> "AlertSaid":
        """An alert with its cause beside it."""
        said: dict[str, Any] = one.as_json()
        return cls(**{**said, "sensors": list(one.sensors)})


@dataclass(frozen=True, slots=True)
class WorkSaid:
    """A time in which nobody is told of a site; site "": of all of a tenant's."""

    id: int
    tenant: str
    site: str
    start_ms: int
    end_ms: int
    why: str
    by: str

    @classmethod
    def of(cls, one: Work) -> "WorkSaid":
        """A time of work."""
        return cls(one.id, one.tenant, one.site, one.start_ms, one.end_ms, one.why, one.by)


def add_routes(app: FastAPI, acts: Acts) -> None:
    """What somebody should look at, and times in which nobody is told."""

    @app.get("/api/fleet/alerts")
    def fleet_alerts(visit: Who, days: Days = 0) -> list[AlertSaid]:
        """The alerts that stand, and those that ended within so many days, the newest first."""
        return [AlertSaid.of(one) for one in acts.sight(visit.somebody).alerts(days, acts.now_ms())]

    @app.post("/api/fleet/alerts/{number}/acknowledge")
    def fleet_acknowledge(visit: Who, number: Number) -> AlertSaid:
        """Somebody looks after it: nobody is told of it any more."""
        return AlertSaid.of(acts.alerts.acknowledge(acts.sight(visit.somebody), number))

    @app.post("/api/fleet/alerts/{number}/snooze")
    def fleet_snooze(visit: Who, number: Number, hours: Hours = 8) -> AlertSaid:
        """Tell nobody of it for a while."""
        return AlertSaid.of(acts.alerts.snooze(acts.sight(visit.somebody), number, hours))

    @app.get("/api/fleet/maintenance")
    def fleet_maintenance(visit: Who) -> list[WorkSaid]:
        """The times in which somebody works that are, were lately, or will be."""
        return [WorkSaid.of(one) for one in acts.sight(visit.somebody).works()]

    @app.post("/api/fleet/maintenance")
    def fleet_maintain(visit: Who, body: Working) -> WorkSaid:
        """Tell nobody of alerts of a site for some hours."""
        sight = acts.sight(visit.somebody)
        return WorkSaid.of(acts.alerts.maintain(sight, body.tenant, body.site, body.hours, body.why, body.start_ms))

    @app.post("/api/fleet/maintenance/{number}/end")
    def fleet_end_maintenance(visit: Who, number: Number) -> list[WorkSaid]:
        """Alerts are told again; the times that are left."""
        sight = acts.sight(visit.somebody)
        acts.alerts.end_maintenance(sight, number)
        return [WorkSaid.of(one) for one in sight.works()]
