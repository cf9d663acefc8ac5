"""/api/fleet/campaigns: options that go over the fleet in stages, and how far each campaign is."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from ...rollout.advance import CampaignState, Unit
from ...rollout.book import Begun
from ...rollout.records import Campaign
from ..given import Number
from ..visit import Who
from .acts import Acts
from .bodies import MayBeWhy, Rolling
from .campaigns import names_by_stage


@dataclass(frozen=True, slots=True)
class CampaignUnit:
    """A sensor of a campaign; stages count from 1."""

    sensor: str
    stage: int
    state: str
    told_ms: int
    settled_ms: int
    says: str


@dataclass(frozen=True, slots=True)
class CampaignSaid:
    """A campaign. counts: its units by state; units: only where one campaign is asked for."""

    campaign: int
    kind: str
    cargo: dict[str, Any]
    state: str
    stage: int
    says: str
    deadline_ms: int
    terms: dict[str, Any]
    actor: str
    why: str
    made_ms: int
    changed_ms: int
    counts: dict[str, int]
    units: list[CampaignUnit]

    @classmethod
    def of(
        cls, one: Campaign, counts: dict[str, int], units: Sequence[Unit] = (), names: dict[int, str] | None = None
    ) -> "CampaignSaid":
        """names: of sensors by their numbers."""
        course = one.course
        return cls(
            campaign=one.id,
            kind=one.kind,
            cargo=json.loads(one.cargo),
            state=course.state,
            stage=course.stage + 1,
            says=course.says,
            deadline_ms=course.deadline_ms,
            terms=json.loads(course.terms.encode()),
            actor=one.actor,
            why=one.why,
            made_ms=one.made_ms,
            changed_ms=one.changed_ms,
            counts=counts,
            units=[
                CampaignUnit(
                    (names or {}).get(unit.sensor_id, ""),
                    unit.stage + 1,
                    unit.state,
                    unit.told_ms,
                    unit.settled_ms,
                    unit.says,
                )
                for unit in units
            ],
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """What a campaign comes to. campaign: its number; null where it is a dry run. stages: names, in their order."""

    campaign: int | None
    order: str
    stages: list[list[str]]
    left_out: dict[str, str]

    @classmethod
    def of(cls, begun: Begun) -> "Planned":
        """A plan, carried out or not."""
        left_out = {one.name: one.left_out for one in begun.plan.left_out}
        return cls(begun.number, begun.plan.order_says, names_by_stage(begun.plan), left_out)


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Looking, beginning, steering."""

    @app.get("/api/fleet/campaigns")
    def fleet_campaigns(visit: Who) -> list[CampaignSaid]:
        """The campaigns, the newest first."""
        return [CampaignSaid.of(one, count) for one, count in acts.sight(visit.somebody).campaigns()]

    @app.get("/api/fleet/campaigns/{number}")
    def fleet_campaign(visit: Who, number: Number) -> CampaignSaid:
        """One campaign with its sensors, in the order in which they are told."""
        return _campaign(acts, visit, number)

    @app.post("/api/fleet/campaigns")
    def fleet_begin(visit: Who, body: Rolling) -> Planned:
        """Roll options of a layer out in stages; or, with dry, only say who would be told when."""
        sight = acts.sight(visit.somebody)
        place = sight.place(body.scope, body.tenant, body.name)
        return Planned.of(acts.campaigns.begin(sight, place, body.options, body.terms(), body.why, body.dry))

    @app.post("/api/fleet/campaigns/{number}/pause")
    def fleet_pause(visit: Who, number: Number, body: MayBeWhy | None = None) -> CampaignSaid:
        """Tell no further sensors. Those that were told go on, and are still judged."""
        return _steered(acts, visit, number, CampaignState.PAUSED, body)

    @app.post("/api/fleet/campaigns/{number}/resume")
    def fleet_resume(visit: Who, number: Number, body: MayBeWhy | None = None) -> CampaignSaid:
        """Go on, after a pause or after it stopped by itself: the failures until now stop it no more."""
        return _steered(acts, visit, number, CampaignState.RUNNING, body)

    @app.post("/api/fleet/campaigns/{number}/cancel")
    def fleet_cancel(visit: Who, number: Number, body: MayBeWhy | None = None) -> CampaignSaid:
        """End it. Options are taken back from the sensors that have them; a package or an image stays."""
        return _steered(acts, visit, number, CampaignState.CANCELLED, body)


def _steered(acts: Acts, visit: Who, number: int, to: CampaignState, body: MayBeWhy | None) -> CampaignSaid:
    acts.campaigns.steer(acts.sight(visit.somebody), number, to, body.why if body else "")
    return _campaign(acts, visit, number)


def _campaign(acts: Acts, visit: Who, number: int) -> CampaignSaid:
    sight = acts.sight(visit.somebody)
    campaign, units = sight.campaign(number)
    count = Counter(str(unit.state) for unit in units)
    names = {one.known.sensor.id: one.name for one in acts.muster.all()}
    return CampaignSaid.of(campaign, count, units, names)
