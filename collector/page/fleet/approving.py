"""/fleet/approvals: units that wait for somebody to let them in, each with the fingerprint to be compared."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from ...enrolment.approval import Approvals
from ..given import Unfit
from ..sentences import phrased
from ..visit import Visit, Who
from .acts import Acts
from .framing import Room, after


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The page and its form; a refusal is asked for on the unit's page."""

    @app.get("/fleet/approvals", response_class=HTMLResponse, include_in_schema=False)
    def waiting(visit: Who) -> str:
        return approvals_page(room, acts, visit)

    @app.post("/fleet/approvals", include_in_schema=False)
    def approve(visit: Who) -> Response:
        form, sight = visit.form, acts.sight(visit.somebody)
        tenant, sensor = form.get("tenant", ""), form.get("sensor", "")
        sight.sensor(tenant, sensor)
        to, site = form.get("name", "").strip(), form.get("site", "")
        try:
            acts.sensors.approve(sight, tenant, sensor, form.get("fingerprint", ""), site, to)
        except Unfit as exc:
            return HTMLResponse(approvals_page(room, acts, visit, phrased(exc)), 409)
        return after("/fleet/approvals")


def approvals_page(room: Room, acts: Acts, visit: Visit, says: str = "") -> str:
    """Who waits, of the sites that may be seen."""
    sight = acts.sight(visit.somebody)
    sites = visit.somebody.sites
    found = Approvals(acts.collector.registry.engine).waiting()
    waiting = [(sensor, unit) for sensor, unit in found if sites.has(sensor.tenant, sensor.site)]
    of_tenant: dict[str, list[str]] = {}
    for tenant, site in sight.sites():
        of_tenant.setdefault(tenant, []).append(site)
    return room.render("fleet/approvals.html", visit, waiting=waiting, sites=of_tenant, says=says)
