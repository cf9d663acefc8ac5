"""/fleet/campaigns: changes that go over the fleet in stages: the list, one with its progress, and beginning one."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from ...configuration import options, staging
from ...configuration.layers import Scope
from ...errors import QueryError
from ...rollout import images, packages
from ...rollout.advance import ACTIVE, CampaignState, Unit, UnitState
from ...rollout.book import Begun
from ...rollout.records import Campaign
from ..api import ID_MAX
from ..language import marked
from ..sentences import phrased
from ..visit import Visit, Who
from .acts import Acts, Unfit, fitting
from .bodies import Rolling
from .framing import Room, after
from .unit import Deed

NAMES_SHOWN = 12
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
            marked("End this campaign? Options are taken back from the sensors that have them."),
            marked("Cancel the campaign"),
            heavy=True,
            wants_why=True,
        ),
    ),
}
FIELDS = ("layer", "words", "stages", "stop_at", "soak_min", "night", "why")


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

    @app.get("/fleet/campaigns", response_class=HTMLResponse, include_in_schema=False)
    def listed(visit: Who) -> str:
        return list_page(room, acts, visit, {})

    @app.post("/fleet/campaigns/plan", include_in_schema=False)
    def plan(visit: Who) -> Response:
        return _planned(room, acts, visit)

    @app.post("/fleet/campaigns/begin", include_in_schema=False)
    def begin(visit: Who) -> Response:
        try:
            number = _rolled(acts, visit, dry=False)[1].number
        except Unfit as exc:
            return HTMLResponse(list_page(room, acts, visit, visit.form, phrased(exc)), 409)
        return after(f"/fleet/campaigns/{number}")

    @app.get("/fleet/campaigns/{number}", response_class=HTMLResponse, include_in_schema=False)
    def one(visit: Who, number: str) -> str:
        return campaign_page(room, acts, visit, _number(number))

    @app.get("/fleet/campaigns/{number}/{act}", response_class=HTMLResponse, include_in_schema=False)
    def ask(visit: Who, number: str, act: str) -> str:
        return _question(room, acts, visit, _number(number), act)

    @app.post("/fleet/campaigns/{number}/{act}", include_in_schema=False)
    def steer(visit: Who, number: str, act: str) -> Response:
        sight, wanted = acts.sight(visit.somebody), _number(number)
        sight.campaign(wanted)
        try:
            acts.steer(sight, wanted, _deed(act)[0], visit.form.get("why", ""))
        except Unfit as exc:
            return HTMLResponse(_question(room, acts, visit, wanted, act, phrased(exc)), 409)
        return after(f"/fleet/campaigns/{wanted}")


def list_page(room: Room, acts: Acts, visit: Visit, form: Mapping[str, str], says: str = "") -> str:
    """Each campaign and how far it is; the form for one of options."""
    sight = acts.sight(visit.somebody)
    rows = [(one, count, cargo_says(one)) for one, count in sight.campaigns()]
    return room.render(
        "fleet/campaigns.html", visit, rows=rows, layers=_layers(acts, visit), form=_form(form), says=says
    )


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
        cargo=cargo_says(campaign),
        terms=json.loads(campaign.course.terms.encode()),
        stages=stages_of(campaign, units),
        amiss=[unit for unit in units if unit.state in (UnitState.FAILED, UnitState.MISSED)],
        under_way=[unit for unit in units if unit.state is UnitState.TOLD],
        names=names,
        shown=NAMES_SHOWN,
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


def cargo_says(campaign: Campaign) -> str:
    """What a campaign rolls out, in a line."""
    if campaign.kind == staging.KIND:
        place, values = staging.of_cargo(campaign.cargo)
        return f"{' '.join(f'{name}={value}' for name, value in sorted(values.items()))} ({place})"
    if campaign.kind == images.KIND:
        return images.says(campaign.cargo)
    return packages.says(campaign.cargo)


def _planned(room: Room, acts: Acts, visit: Visit) -> Response:
    """What a campaign would come to, with the button that begins it."""
    try:
        asked, begun = _rolled(acts, visit, dry=True)
    except Unfit as exc:
        return HTMLResponse(list_page(room, acts, visit, visit.form, phrased(exc)), 409)
    stages = [
        [turn.candidate.name for turn in turns] for _, turns in groupby(begun.plan.turns, key=lambda turn: turn.stage)
    ]
    left_out = Counter(one.left_out for one in begun.plan.left_out)
    words = " ".join(f"{name}={value}" for name, value in asked.options.items())
    page = room.render(
        "fleet/plan.html",
        visit,
        asked=asked,
        words=words,
        stages=stages,
        left_out=sorted(left_out.items()),
        order=begun.plan.order_says,
        fields={name: visit.form.get(name, "") for name in FIELDS},
        shown=NAMES_SHOWN,
    )
    return HTMLResponse(page)


def _rolled(acts: Acts, visit: Visit, dry: bool) -> tuple[Rolling, Begun]:
    """What the form asks for, and what came of it. Raises Unfit, QueryError."""
    form, sight = _form(visit.form), acts.sight(visit.somebody)
    scope, _, rest = form["layer"].partition(" ")
    tenant, _, name = rest.partition("/")
    try:
        with fitting():
            wanted = options.parse(line.strip() for line in form["words"].splitlines() if line.strip())
        asked = Rolling(
            scope=Scope(scope),
            tenant=tenant,
            name=name,
            options=wanted,
            stages=form["stages"],
            stop_at=form["stop_at"],
            soak_s=round(60 * float(form["soak_min"])),
            night=form["night"],
            why=form["why"],
            dry=dry,
        )
    except ValidationError as exc:
        fault = exc.errors()[0]
        raise Unfit(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
    except (ValueError, OverflowError):
        raise Unfit("choose whose options, and a number of minutes to wait between stages") from None
    place = sight.place(asked.scope, asked.tenant, asked.name)
    return asked, acts.begin(sight, place, asked.options, asked.terms(), asked.why, dry)


def _form(form: Mapping[str, str]) -> dict[str, str]:
    """The form as it was sent; what is missing as it is offered."""
    offered = {"layer": "", "words": "", "stages": "1%,10%,50%,100%", "stop_at": "3%", "soak_min": "60"}
    return {**offered, "night": "", "why": "", **{name: form[name] for name in FIELDS if name in form}}


def _layers(acts: Acts, visit: Visit) -> list[tuple[str, str]]:
    """The layers that somebody may change, as the form's value and in words."""
    sight = acts.sight(visit.somebody)
    sites = sight.sites()
    tenants = sorted({tenant for tenant, _ in sites if visit.somebody.sites.has(tenant, "")})
    groups = sorted(
        {
            (one.known.sensor.tenant, one.known.sensor.group_name)
            for one in sight.sensors()
            if one.known.sensor.group_name and one.known.sensor.tenant in tenants
        }
    )
    return [
        *((f"tenant {tenant}/{tenant}", f"tenant {tenant}") for tenant in tenants),
        *((f"site {tenant}/{site}", f"site {tenant}/{site}") for tenant, site in sites),
        *((f"group {tenant}/{group}", f"group {tenant}/{group}") for tenant, group in groups),
    ]


def _question(room: Room, acts: Acts, visit: Visit, number: int, act: str, says: str = "") -> str:
    acts.sight(visit.somebody).campaign(number)
    deed, path = _deed(act)[1], f"/fleet/campaigns/{number}"
    return room.render(
        "fleet/confirm.html",
        visit,
        heading=f"{number}: {deed.button}",
        says=says,
        deed=deed,
        unit=None,
        path=f"{path}/{act}",
        back=path,
    )


def _deed(act: str) -> tuple[CampaignState, Deed]:
    if act not in STEERED:
        raise QueryError(f"a campaign can be told to {', '.join(STEERED)}")
    return STEERED[act]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 and int(text) <= ID_MAX else 0
