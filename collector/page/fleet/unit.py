"""/fleet/sensor/TENANT/NAME: one unit: how it is and was, what it is told to be, what was done and can be done."""

from collections.abc import Mapping

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from footfall_sensor.settings import PUSHABLE

from ...configuration import options
from ...configuration.outbox import Outbox
from ...configuration.push import Push
from ...enrolment.approval import Approvals
from ...grouping.book import Edit
from ...watch.past import HOUR_MS, Past
from ..given import Unfit
from ..language import gettext as _
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from . import plots
from .acts import Acts
from .deeds import DEEDS, offered
from .framing import Room, after, sensor_path
from .past import points
from .strip import strip

SPANS_H = {6: marked("6 hours"), 24: marked("a day"), 72: marked("3 days"), 744: marked("a month")}
USUAL_H = 24
DEEDS_SHOWN = 50
ORDERS_SHOWN = 5


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The page, and its form for names and place. What else can be done is asked first: see deeds."""

    @app.get("/fleet/sensor/{tenant}/{sensor}", response_class=HTMLResponse, include_in_schema=False)
    def unit_page(visit: Who, tenant: str, sensor: str, hours: str = "") -> str:
        return page(room, acts, visit, (tenant, sensor), int(hours) if hours in map(str, SPANS_H) else USUAL_H)

    @app.post("/fleet/sensor/{tenant}/{sensor}/edit", include_in_schema=False)
    def edit(visit: Who, tenant: str, sensor: str) -> Response:
        try:
            acts.sensors.edit(acts.sight(visit.somebody), tenant, sensor, edit_of(visit.form))
        except Unfit as exc:
            return HTMLResponse(page(room, acts, visit, (tenant, sensor), USUAL_H, phrased(exc)), 409)
        return after(sensor_path(tenant, sensor))


def edit_of(form: Mapping[str, str]) -> Edit:
    """What the form says of names and place. Raises Unfit."""
    position, clear = None, False
    if "latitude" in form:
        both = (form["latitude"].strip(), form.get("longitude", "").strip())
        clear = both == ("", "")
        try:
            position = None if clear else (float(both[0]), float(both[1]))
        except ValueError as exc:
            raise Unfit("latitude and longitude are degrees, such as 52.516275") from exc
    tags = frozenset(form["tags"].split()) if "tags" in form else None
    site = form.get("site", "").partition("/")[2] or None
    behind, group = form.get("behind"), form.get("group")
    return Edit(tags=tags, site=site, group=group, behind=behind, position=position, clear=clear)


def page(room: Room, acts: Acts, visit: Visit, sensor: tuple[str, str], hours: int, says: str = "") -> str:
    """The page of one unit. Raises QueryError."""
    sight = acts.sight(visit.somebody)
    one = sight.sensor(*sensor)
    number, now_ms, engine = one.known.sensor.id, acts.now_ms(), acts.collector.registry.engine
    zone, past, since_ms = sight.zone(sensor[0], one.known.sensor.site), Past(engine), now_ms - hours * HOUR_MS
    changes = past.states(number, since_ms)
    report = acts.collector.registry.reports.newest().get(number)
    effective, outbox = sight.effective(one), Outbox(engine)
    seen_names = {other.name for other in sight.sensors()}
    return room.render(
        "fleet/unit.html",
        visit,
        one=one,
        says=says,
        zone=zone,
        hours=hours,
        spans={span: _(label) for span, label in SPANS_H.items()},
        health=report.health if report else None,
        strip=strip(changes, since_ms, now_ms, one.seen.heard_ms),
        changes=list(reversed(changes)),
        plots=plots.drawn(points(past, number, hours, since_ms), zone),
        alerts=[alert for alert in sight.alerts(0, now_ms) if one.name in alert.sensors],
        options=[
            (name, effective[name].value, effective[name].source)
            if name in effective
            else (name, options.default(name) or "–", _("the unit's own file; this is the default"))
            for name in sorted(PUSHABLE)
        ],
        push=outbox.pushes().get(number, Push(number)),
        orders=[order for order in outbox.last_orders(200) if order.sensor_id == number][:ORDERS_SHOWN],
        deeds=list(reversed(sight.deeds(one)))[:DEEDS_SHOWN],
        units=list(reversed(Approvals(engine).units(one.known.sensor))),
        batches=last_batches(acts, number),
        acts=offered(one.known.sensor.state),
        deed_of=DEEDS,
        places=[f"{tenant}/{site}" for tenant, site in sight.sites() if tenant == sensor[0]],
        behind=one.known.behind if one.known.behind in seen_names else "",
        path=sensor_path(*sensor),
    )


def last_batches(acts: Acts, sensor_id: int) -> list[tuple[int, int]]:
    """Batches that came in each of the last hours, as (hour's begin, count); hours without any are left out."""
    now_ms = acts.now_ms()
    return acts.collector.manifest.received(sensor_id, now_ms - 24 * HOUR_MS, HOUR_MS)
