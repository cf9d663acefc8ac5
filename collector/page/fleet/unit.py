"""/fleet/sensor/TENANT/NAME: one unit: how it is and was, what it is told to be, what was done and can be done."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from footfall_sensor.settings import PUSHABLE

from ...configuration import options
from ...configuration.outbox import Outbox
from ...configuration.push import Push
from ...enrolment.approval import Approvals
from ...errors import QueryError
from ...fleet import SILENT_S
from ...grouping.book import Edit
from ...records.standing import Standing
from ...watch.checks import OK
from ...watch.past import HOUR_MS, Past, Point, StateChange
from .. import words
from ..language import gettext as _
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from . import plots, states
from .acts import VERBS, Acts, Unfit
from .framing import Room, after, sensor_path

SPANS_H = {6: marked("6 hours"), 24: marked("a day"), 72: marked("3 days"), 744: marked("a month")}
SAMPLES_H = 72
STRIP_PX = 1000
DEEDS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that can be done to a sensor: the question, the button, whether it cannot be undone."""

    says: str
    button: str
    heavy: bool = False
    wants_why: bool = False


DEEDS = {
    "approve": Deed(
        marked("Let the unit that waits have this place? Compare the fingerprint first."), marked("Approve")
    ),
    "refuse": Deed(
        marked("Turn away the unit that waits? Where no unit ever had the place, its name is used up with it."),
        marked("Refuse"),
        heavy=True,
        wants_why=True,
    ),
    "quarantine": Deed(
        marked("Take nothing more of this sensor until somebody has looked at it?"),
        marked("Quarantine"),
        wants_why=True,
    ),
    "release": Deed(marked("Let this sensor out of quarantine?"), marked("Release"), wants_why=True),
    "revoke": Deed(
        marked("Shut this sensor out for good? There is no way back, for its name neither."),
        marked("Revoke for good"),
        heavy=True,
        wants_why=True,
    ),
    "push": Deed(marked("Send this sensor the same configuration again, as a new version?"), marked("Send again")),
    "report": Deed(marked("Have this sensor say now how it is?"), marked("Ask how it is")),
    "resend": Deed(marked("Have this sensor send again everything that waits in it?"), marked("Send what waits")),
    "kick": Deed(
        marked("Have this sensor take its interface down and up? It hears nothing for some seconds."),
        marked("Interface down and up"),
    ),
    "restart": Deed(
        marked("Have this sensor restart its agent? It hears nothing for some seconds."), marked("Restart the agent")
    ),
}


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The page, and what can be done from it."""

    @app.get("/fleet/sensor/{tenant}/{sensor}", response_class=HTMLResponse, include_in_schema=False)
    def unit_page(visit: Who, tenant: str, sensor: str, hours: str = "24") -> str:
        return page(room, acts, visit, (tenant, sensor), int(hours) if hours in map(str, SPANS_H) else 24)

    @app.get("/fleet/sensor/{tenant}/{sensor}/{act}", response_class=HTMLResponse, include_in_schema=False)
    def ask(visit: Who, tenant: str, sensor: str, act: str) -> str:
        return question(room, acts, visit, (tenant, sensor), act)

    @app.post("/fleet/sensor/{tenant}/{sensor}/{act}", include_in_schema=False)
    def do(visit: Who, tenant: str, sensor: str, act: str) -> Response:
        sight, form = acts.sight(visit.somebody), visit.form
        why = form.get("why", "")
        try:
            if act == "approve":
                sensor = acts.approve(sight, tenant, sensor, form.get("fingerprint", ""))
            elif act == "refuse":
                acts.refuse(sight, tenant, sensor, why)
            elif act in MOVES:
                acts.move(sight, tenant, sensor, MOVES[act], why)
            elif act == "push":
                acts.push(sight, [(tenant, sensor)], why)
            elif act == "edit":
                acts.edit(sight, tenant, sensor, edit_of(dict(form)))
            elif act in VERBS:
                acts.command(sight, tenant, sensor, act)
            else:
                raise QueryError(f"a sensor cannot be told to {act[:32]}")
        except Unfit as exc:
            if act == "edit":
                return HTMLResponse(page(room, acts, visit, (tenant, sensor), 24, phrased(exc)), 409)
            return HTMLResponse(question(room, acts, visit, (tenant, sensor), act, phrased(exc)), 409)
        return after(sensor_path(tenant, sensor))


MOVES = {"revoke": Standing.REVOKED, "quarantine": Standing.QUARANTINED, "release": Standing.APPROVED}


def edit_of(form: dict[str, str]) -> Edit:
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


def question(room: Room, acts: Acts, visit: Visit, sensor: tuple[str, str], act: str, says: str = "") -> str:
    """Asks before something is done. Raises QueryError."""
    one = acts.sight(visit.somebody).sensor(*sensor)
    deed = DEEDS.get(act)
    if deed is None:
        raise QueryError(f"a sensor cannot be told to {act[:32]}")
    waits = Approvals(acts.collector.registry.engine).waiting() if act in ("approve", "refuse") else []
    unit = next((unit for waiting, unit in waits if waiting.id == one.known.sensor.id), None)
    return room.render(
        "fleet/confirm.html",
        visit,
        heading=f"{one.name}: {_(deed.button)}",
        says=says,
        deed=deed,
        unit=unit,
        path=sensor_path(*sensor, act),
        back=sensor_path(*sensor),
    )


def page(room: Room, acts: Acts, visit: Visit, sensor: tuple[str, str], hours: int, says: str = "") -> str:
    """The page of one unit. Raises QueryError."""
    sight = acts.sight(visit.somebody)
    one = sight.sensor(*sensor)
    number, now_ms, engine = one.known.sensor.id, acts.now_ms(), acts.collector.registry.engine
    zone, past, since_ms = sight.zone(sensor[0], one.known.sensor.site), Past(engine), now_ms - hours * HOUR_MS
    points = past.ten_minutes(number, since_ms) if hours <= SAMPLES_H else past.hours(number, since_ms)
    changes = past.states(number, since_ms)
    report = acts.collector.registry.reports().get(number)
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
        plots=plots_of(points, zone),
        alerts=[alert for alert in sight.alerts(0, now_ms) if one.name in alert.sensors],
        options=[
            (name, effective[name].value, effective[name].source)
            if name in effective
            else (name, options.default(name) or "–", _("the unit's own file; this is the default"))
            for name in sorted(PUSHABLE)
        ],
        push=outbox.pushes().get(number, Push(number)),
        orders=[order for order in outbox.last_orders(200) if order.sensor_id == number][:5],
        deeds=list(reversed(sight.deeds(one)))[:DEEDS_SHOWN],
        units=list(reversed(Approvals(engine).units(one.known.sensor))),
        batches=last_batches(acts, number),
        acts=offered(one.known.sensor.state),
        deed_of=DEEDS,
        places=[f"{tenant}/{site}" for tenant, site in sight.sites() if tenant == sensor[0]],
        behind=one.known.behind if one.known.behind in seen_names else "",
        path=sensor_path(*sensor),
    )


def offered(standing: Standing) -> list[str]:
    """What can be done to a sensor that stands so."""
    if standing is Standing.PENDING:
        return ["approve", "refuse"]
    if standing is Standing.APPROVED:
        return ["report", "resend", "kick", "restart", "push", "quarantine", "revoke"]
    return {Standing.QUARANTINED: ["release", "revoke"], Standing.NEW: ["revoke"]}.get(standing, [])


@dataclass(frozen=True, slots=True)
class Band:
    """A time in one state, as the strip draws it."""

    x: float
    width: float
    kind: str
    says: str


def strip(changes: list[StateChange], since_ms: int, now_ms: int, heard_ms: int | None = None) -> list[Band]:
    """The states of a time from left to right, STRIP_PX wide; what is not known is left out.

    A sensor that was well is drawn so until its last word (heard_ms) and the time that it may be quiet: no longer.
    """
    found, span_ms = [], max(1, now_ms - since_ms)
    for number, change in enumerate(changes):
        end_ms = changes[number + 1].time_ms if number + 1 < len(changes) else now_ms
        if number + 1 == len(changes) and change.state == OK and heard_ms is not None:
            end_ms = min(end_ms, max(change.time_ms, heard_ms + SILENT_S * 1000))
        start_ms = max(change.time_ms, since_ms)
        if end_ms > start_ms:
            x, width = (round(STRIP_PX * part / span_ms, 2) for part in (start_ms - since_ms, end_ms - start_ms))
            says = f"{states.label(change.state)}: {words.ago(change.time_ms, now_ms)}"
            found.append(Band(x, width, states.kind(change.state), says))
    return found


def plots_of(points: list[Point], zone: str) -> list[dict[str, Any]]:
    """Each measure that was told: its drawing, and its last, least and greatest value."""
    found = []
    for measure in plots.MEASURES:
        values = [value for point in plots.heard(points) if (value := measure.of(point)) is not None]
        if not values:
            continue
        drawings = {"wide": plots.draw(measure, points, zone), "narrow": plots.draw(measure, points, zone, narrow=True)}
        found.append(
            {
                "name": measure.name,
                "label": _(measure.label),
                "unit": _(measure.unit),
                "digits": measure.digits,
                "last": values[-1],
                "least": min(values),
                "most": max(values),
                # Our own SVG, of numbers alone.
                "drawings": {f"{measure.name}_{size}": Markup(svg) for size, svg in drawings.items()},  # noqa: S704
            }
        )
    return found


def last_batches(acts: Acts, sensor_id: int) -> list[tuple[int, int]]:
    """Batches that came in each of the last hours, as (hour's begin, count); hours without any are left out."""
    now_ms = acts.now_ms()
    return acts.collector.manifest.received(sensor_id, now_ms - 24 * HOUR_MS, HOUR_MS)
