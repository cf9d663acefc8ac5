"""/fleet/sensor/TENANT/NAME/ACT: what can be done to a sensor: asked first, then done."""

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from ...enrolment.approval import Approvals
from ...errors import QueryError
from ...records.standing import Standing
from ..given import Unfit
from ..language import gettext as _
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from .acts import Acts
from .confirming import Deed, Question, ask
from .framing import Room, after, sensor_path

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


MOVES = {"revoke": Standing.REVOKED, "quarantine": Standing.QUARANTINED, "release": Standing.APPROVED}


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The question before each, and doing it. Names and place are changed on the sensor's page: see unit."""

    @app.get("/fleet/sensor/{tenant}/{sensor}/{act}", response_class=HTMLResponse, include_in_schema=False)
    def asked(visit: Who, tenant: str, sensor: str, act: str) -> str:
        return question(room, acts, visit, (tenant, sensor), act)

    @app.post("/fleet/sensor/{tenant}/{sensor}/{act}", include_in_schema=False)
    def done(visit: Who, tenant: str, sensor: str, act: str) -> Response:
        try:
            name = do(acts, visit, (tenant, sensor), act)
        except Unfit as exc:
            return HTMLResponse(question(room, acts, visit, (tenant, sensor), act, phrased(exc)), 409)
        return after(sensor_path(tenant, name))


def do(acts: Acts, visit: Visit, sensor: tuple[str, str], act: str) -> str:
    """Do it; what the sensor is called then. Raises Unfit, QueryError."""
    _deed(act)
    sight, why = acts.sight(visit.somebody), visit.form.get("why", "")
    if act == "approve":
        return acts.sensors.approve(sight, *sensor, visit.form.get("fingerprint", ""))
    if act == "refuse":
        acts.sensors.refuse(sight, *sensor, why)
    elif act in MOVES:
        acts.sensors.move(sight, *sensor, MOVES[act], why)
    elif act == "push":
        acts.sensors.push(sight, [sensor], why)
    else:
        acts.sensors.command(sight, *sensor, act)
    return sensor[1]


def question(room: Room, acts: Acts, visit: Visit, sensor: tuple[str, str], act: str, says: str = "") -> str:
    """Asks before something is done. Raises QueryError."""
    one = acts.sight(visit.somebody).sensor(*sensor)
    deed = _deed(act)
    waits = Approvals(acts.collector.registry.engine).waiting() if act in ("approve", "refuse") else []
    unit = next((unit for waiting, unit in waits if waiting.id == one.known.sensor.id), None)
    heading = f"{one.name}: {_(deed.button)}"
    asked = Question(deed, heading, sensor_path(*sensor, act), sensor_path(*sensor), unit)
    return ask(room, visit, asked, says)


def offered(standing: Standing) -> list[str]:
    """What can be done to a sensor that stands so."""
    if standing is Standing.PENDING:
        return ["approve", "refuse"]
    if standing is Standing.APPROVED:
        return ["report", "resend", "kick", "restart", "push", "quarantine", "revoke"]
    return {Standing.QUARANTINED: ["release", "revoke"], Standing.NEW: ["revoke"]}.get(standing, [])


def _deed(act: str) -> Deed:
    if act not in DEEDS:
        raise QueryError(f"'{act[:32]}' is nothing that can be done to a sensor; its page offers what is")
    return DEEDS[act]
