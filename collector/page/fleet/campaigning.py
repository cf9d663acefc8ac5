"""/fleet/campaigns: changes that go over the fleet in stages: the list, one with its progress, and beginning one."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from ...errors import QueryError
from ...rollout import naming
from ...rollout.advance import ACTIVE, CampaignState, Unit, UnitState
from ...rollout.records import Campaign
from ..given import Unfit, whole
from ..language import gettext as _
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from . import rolling, staged
from .acts import Acts
from .confirming import Deed, Question, ask
from .framing import Room, after

PATH = "/fleet/campaigns"
STEERED = {
    "pause": (
        CampaignState.PAUSED,
        Deed(marked("Tell no further sensors? Those that were told go on."), marked("Pause")),
    ),
    "resume": (
        CampaignState.RUNNING,
        Deed(marked("Go on? The failures until now stop it no more."), marked("Resume")),
    ),
    "cancel": (
        CampaignState.CANCELLED,
        Deed(
            marked(
                "End this campaign? Options are taken back from the sensors that have them; packages and images stay."
            ),
            marked("Cancel the campaign"),
            heavy=True,
            wants_why=True,
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a campaign: its sensors by state."""

    number: int
    opened: bool
    size: int
    counts: Mapping[str, int]

    @property
    def settled(self) -> int:
        """Those that nothing more is expected of."""
        return sum(self.counts.get(state, 0) for state in (UnitState.DONE, UnitState.FAILED, UnitState.MISSED))


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The pages and their forms."""
    _add_begin(app, room, acts)

    @app.get("/fleet/campaigns", response_class=HTMLResponse, include_in_schema=False)
    def listed(visit: Who) -> str:
        return list_page(room, acts, visit, {})

    @app.get("/fleet/campaigns/{number}", response_class=HTMLResponse, include_in_schema=False)
    def one(visit: Who, number: str) -> str:
        return campaign_page(room, acts, visit, whole(number))

    @app.get("/fleet/campaigns/{number}/{act}", response_class=HTMLResponse, include_in_schema=False)
    def asked(visit: Who, number: str, act: str) -> str:
        return ask(room, visit, _question(acts, visit, whole(number), act))

    @app.post("/fleet/campaigns/{number}/{act}", include_in_schema=False)
    def steer(visit: Who, number: str, act: str) -> Response:
        question = _question(acts, visit, whole(number), act)
        try:
            acts.campaigns.steer(acts.sight(visit.somebody), whole(number), STEERED[act][0], visit.form.get("why", ""))
        except Unfit as exc:
            return HTMLResponse(ask(room, visit, question, phrased(exc)), 409)
        return after(question.back)


def _add_begin(app: FastAPI, room: Room, acts: Acts) -> None:
    def refused(visit: Visit, exc: Unfit) -> Response:
        return HTMLResponse(list_page(room, acts, visit, visit.form, phrased(exc)), 409)

    @app.post("/fleet/campaigns/plan", include_in_schema=False)
    def planned(visit: Who) -> Response:
        try:
            wanted, begun = rolling.rolled(acts, acts.sight(visit.somebody), visit.form, dry=True)
        except Unfit as exc:
            return refused(visit, exc)
        typed = " ".join(f"{name}={value}" for name, value in wanted.options.items())
        fields = {name: visit.form.get(name, "") for name in rolling.FIELDS}
        plan = staged.Plan.of(begun, typed, rolling.whose(visit.form.get("layer", "")), fields, PATH)
        return HTMLResponse(staged.plan_page(room, visit, plan))

    @app.post("/fleet/campaigns/begin", include_in_schema=False)
    def begin(visit: Who) -> Response:
        try:
            number = rolling.rolled(acts, acts.sight(visit.somebody), visit.form, dry=False)[1].number
        except Unfit as exc:
            return refused(visit, exc)
        return after(f"{PATH}/{number}")


def list_page(room: Room, acts: Acts, visit: Visit, form: Mapping[str, str], says: str = "") -> str:
    """Each campaign and how far it is; the form for one of options."""
    sight = acts.sight(visit.somebody)
    rows = [(one, count, naming.says(one.kind, one.cargo)) for one, count in sight.campaigns()]
    layers = rolling.layers(sight) if room.may_change(visit) else []
    return room.render("fleet/campaigns.html", visit, rows=rows, layers=layers, form=rolling.given(form), says=says)


def campaign_page(room: Room, acts: Acts, visit: Visit, number: int) -> str:
    """One campaign, its stages, and the sensors that it does not go well with."""
    campaign, units = acts.sight(visit.somebody).campaign(number)
    names = {one.known.sensor.id: one.known.sensor for one in acts.muster.all()}
    state = campaign.course.state
    offered = {CampaignState.RUNNING: ["pause", "cancel"]}.get(state, ["resume", "cancel"] if state in ACTIVE else [])
    return room.render(
        "fleet/campaign.html",
        visit,
        campaign=campaign,
        cargo=naming.says(campaign.kind, campaign.cargo),
        terms=json.loads(campaign.course.terms.encode()),
        stages=stages_of(campaign, units),
        amiss=[unit for unit in units if unit.state in (UnitState.FAILED, UnitState.MISSED)],
        under_way=[unit for unit in units if unit.state is UnitState.TOLD],
        names=names,
        shown=staged.NAMES_SHOWN,
        acts=offered,
        deed_of={name: deed for name, (_, deed) in STEERED.items()},
        refresh_s=5 if state is CampaignState.RUNNING else 0,
    )


def stages_of(campaign: Campaign, units: Sequence[Unit]) -> list[Stage]:
    """The stages of a campaign in their order."""
    found = []
    for number, mine in groupby(units, key=lambda unit: unit.stage):
        counts = Counter(str(unit.state) for unit in mine)
        found.append(Stage(number + 1, number <= campaign.course.stage, counts.total(), counts))
    return found


def _question(acts: Acts, visit: Visit, number: int, act: str) -> Question:
    """What is asked before a campaign is steered. Raises QueryError."""
    acts.sight(visit.somebody).campaign(number)
    if act not in STEERED:
        raise QueryError(f"a campaign can be told to {', '.join(STEERED)}")
    deed = STEERED[act][1]
    heading = _("Campaign %(number)s") % {"number": number} + f": {_(deed.button)}"
    return Question(deed, heading, f"{PATH}/{number}/{act}", f"{PATH}/{number}")
