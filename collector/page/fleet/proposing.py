"""/fleet/proposals: changes that tell more of people and wait for a second person: yes by another, or off the table."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from ...configuration import plan, store
from ...configuration.editor import Editor
from ...configuration.store import ConfigurationStore, Proposal
from ...errors import QueryError
from ..given import Unfit, whole
from ..language import gettext as _
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from .acts import Acts
from .confirming import Deed, Question, ask
from .framing import Room, after

PATH = "/fleet/proposals"
DEEDS = {
    "confirm": Deed(
        marked("Say yes to this change? It tells more of people than before, and it is carried out at once."),
        marked("Confirm"),
        heavy=True,
    ),
    "withdraw": Deed(marked("Take this change off the table? Whoever wants it makes it anew."), marked("Withdraw")),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal as somebody sees it. sensors: how many would run otherwise; None = it no longer fits, `says` why."""

    proposal: Proposal
    what: str
    sensors: int | None
    says: str
    own: bool


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The page, the question before either, and the answer."""

    @app.get("/fleet/proposals", response_class=HTMLResponse, include_in_schema=False)
    def waiting(visit: Who) -> str:
        return room.render("fleet/proposals.html", visit, rows=shown(acts, visit), deed_of=DEEDS)

    @app.get("/fleet/proposals/{number}/{act}", response_class=HTMLResponse, include_in_schema=False)
    def asked(visit: Who, number: str, act: str) -> str:
        one = _one(acts, visit, whole(number))
        return ask(room, visit, _question(one, act), one.says)

    @app.post("/fleet/proposals/{number}/{act}", include_in_schema=False)
    def decide(visit: Who, number: str, act: str) -> Response:
        one = _one(acts, visit, whole(number))
        question, sight = _question(one, act), acts.sight(visit.somebody)
        try:
            (acts.layers.confirm if act == "confirm" else acts.layers.withdraw)(sight, one.proposal.id)
        except Unfit as exc:
            return HTMLResponse(ask(room, visit, question, phrased(exc)), 409)
        return after(PATH)


def shown(acts: Acts, visit: Visit) -> list[Shown]:
    """The proposals that somebody sees, the oldest first."""
    found = acts.sight(visit.somebody).proposals(acts.now_ms())
    fleet = ConfigurationStore(acts.collector.registry.engine).fleet() if found else None
    rows = []
    for one in found:
        sensors: int | None = 0
        says = ""
        try:
            if one.scope != store.TERMS and fleet is not None:
                sensors = len(plan.make(fleet, one.change).affected)
        except QueryError as exc:
            sensors, says = None, phrased(exc)
        rows.append(Shown(one, what(one), sensors, says, Editor.same(one.actor, visit.somebody.actor)))
    return rows


def what(proposal: Proposal) -> str:
    """What it would set, as it is typed."""
    change = proposal.change
    if change.group is not None:
        return _("group %(group)s") % {"group": change.group or "–"}
    return " ".join(f"{name}={value}" for name, value in sorted(change.options.items())) or "–"


def _one(acts: Acts, visit: Visit, number: int) -> Shown:
    """One that somebody sees. Raises QueryError."""
    for one in shown(acts, visit):
        if one.proposal.id == number:
            return one
    raise QueryError(f"no proposal {number} waits that you may see; it may be decided: look at the list")


def _question(one: Shown, act: str) -> Question:
    """What is asked before either answer. Raises QueryError."""
    if act not in DEEDS:
        raise QueryError(f"a proposal can be told to {', '.join(DEEDS)}")
    heading = f"{one.proposal.change.place}: {one.what}"
    return Question(DEEDS[act], heading, f"{PATH}/{one.proposal.id}/{act}", PATH)
