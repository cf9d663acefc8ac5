"""/api/fleet/alerts and /api/fleet/maintenance."""

from typing import Annotated

from fastapi import FastAPI, Query

from ..api import Number
from ..visit import Who
from .acts import Acts
from .answers import AlertSaid, WorkSaid
from .bodies import Days, Working


def add_routes(app: FastAPI, acts: Acts) -> None:
    """What somebody should look at, and times in which nobody is told."""

    @app.get("/api/fleet/alerts")
    def fleet_alerts(visit: Who, days: Days = 0) -> list[AlertSaid]:
        """The alerts that stand, and those that ended within so many days, the newest first."""
        return [AlertSaid.of(one) for one in acts.sight(visit.somebody).alerts(days, acts.now_ms())]

    @app.post("/api/fleet/alerts/{number}/acknowledge")
    def fleet_acknowledge(visit: Who, number: Number) -> AlertSaid:
        """Somebody looks after it: nobody is told of it any more."""
        return AlertSaid.of(acts.acknowledge(acts.sight(visit.somebody), number))

    @app.post("/api/fleet/alerts/{number}/snooze")
    def fleet_snooze(visit: Who, number: Number, hours: Annotated[float, Query(gt=0, le=336)] = 8) -> AlertSaid:
        """Tell nobody of it for a while."""
        return AlertSaid.of(acts.snooze(acts.sight(visit.somebody), number, hours))

    @app.get("/api/fleet/maintenance")
    def fleet_maintenance(visit: Who) -> list[WorkSaid]:
        """The times in which somebody works that are, were lately, or will be."""
        return [WorkSaid.of(one) for one in acts.sight(visit.somebody).works()]

    @app.post("/api/fleet/maintenance")
    def fleet_maintain(visit: Who, body: Working) -> WorkSaid:
        """Tell nobody of alerts of a site for some hours."""
        sight = acts.sight(visit.somebody)
        return WorkSaid.of(acts.maintain(sight, body.tenant, body.site, body.hours, body.why, body.start_ms))

    @app.post("/api/fleet/maintenance/{number}/end")
    def fleet_end_maintenance(visit: Who, number: Number) -> list[WorkSaid]:
        """Alerts are told again; the times that are left."""
        sight = acts.sight(visit.somebody)
        acts.end_maintenance(sight, number)
        return [WorkSaid.of(one) for one in sight.works()]
