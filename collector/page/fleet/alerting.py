"""/fleet/alerts and /fleet/maintenance: what somebody should look at, and times in which nobody is told."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from ...watch.alerts import Alert
from ..given import Unfit, whole
from ..sentences import phrased
from ..visit import Visit, Who
from . import states
from .acts import Acts
from .alerts import HOURS_MAX
from .framing import Room, after

DAYS = 7


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """Both pages and their forms."""

    @app.get("/fleet/alerts", response_class=HTMLResponse, include_in_schema=False)
    def alerts(visit: Who) -> str:
        return alerts_page(room, acts, visit)

    @app.post("/fleet/alerts/acknowledge", include_in_schema=False)
    def acknowledge(visit: Who) -> Response:
        acts.alerts.acknowledge(acts.sight(visit.somebody), whole(visit.form.get("number", "")))
        return after("/fleet/alerts")

    @app.post("/fleet/alerts/snooze", include_in_schema=False)
    def snooze(visit: Who) -> Response:
        sight, number = acts.sight(visit.somebody), whole(visit.form.get("number", ""))
        try:
            acts.alerts.snooze(sight, number, _decimal(visit.form.get("hours", "8")))
        except Unfit as exc:
            return HTMLResponse(alerts_page(room, acts, visit, phrased(exc)), 409)
        return after("/fleet/alerts")

    @app.get("/fleet/maintenance", response_class=HTMLResponse, include_in_schema=False)
    def works(visit: Who) -> str:
        return works_page(room, acts, visit)

    @app.post("/fleet/maintenance", include_in_schema=False)
    def maintain(visit: Who) -> Response:
        form, sight = visit.form, acts.sight(visit.somebody)
        tenant, _, site = form.get("place", "").partition("/")
        try:
            acts.alerts.maintain(
                sight, tenant, "" if site == "*" else site, _decimal(form.get("hours", "")), form.get("why", "")
            )
        except Unfit as exc:
            return HTMLResponse(works_page(room, acts, visit, phrased(exc)), 409)
        return after("/fleet/maintenance")

    @app.post("/fleet/maintenance/end", include_in_schema=False)
    def end(visit: Who) -> Response:
        acts.alerts.end_maintenance(acts.sight(visit.somebody), whole(visit.form.get("number", "")))
        return after("/fleet/maintenance")


def alerts_page(room: Room, acts: Acts, visit: Visit, says: str = "") -> str:
    """The alerts that stand, a cause together, and those that ended lately."""
    found = acts.sight(visit.somebody).alerts(DAYS, acts.now_ms())
    standing: dict[str, list[Alert]] = {}
    for one in sorted(found, key=lambda one: (states.WORST_FIRST.index(states.kind(one.cause.state)), one.since_ms)):
        if one.ended_ms is None:
            standing.setdefault(one.cause.state, []).append(one)
    ended = [one for one in found if one.ended_ms is not None]
    return room.render("fleet/alerts.html", visit, says=says, standing=standing, ended=ended[:200], days=DAYS)


def works_page(room: Room, acts: Acts, visit: Visit, says: str = "") -> str:
    """The times of work, and the form for one."""
    sight = acts.sight(visit.somebody)
    sites = sight.sites()
    tenants = sorted({tenant for tenant, _ in sites if visit.somebody.sites.has(tenant, "")})
    places = [*(f"{tenant}/*" for tenant in tenants), *(f"{tenant}/{site}" for tenant, site in sites)]
    works = [(one, visit.somebody.sites.has(one.tenant, one.site)) for one in sight.works()]
    zones = {(one.tenant, one.site): sight.zone(one.tenant, one.site) for one, _ in works}
    return room.render(
        "fleet/maintenance.html", visit, says=says, works=works, zones=zones, places=places, hours_max=HOURS_MAX
    )


def _decimal(text: str) -> float:
    """Hours that a form carries. Raises Unfit."""
    try:
        hours = float(text)
    except ValueError:
        raise Unfit("hours are a number, such as 8 or 0.5") from None
    if not 0 < hours <= HOURS_MAX:
        raise Unfit(f"it can last for at most {HOURS_MAX} hours; give fewer")
    return hours
