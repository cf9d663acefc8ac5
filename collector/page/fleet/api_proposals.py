"""/api/fleet/proposals: changes that wait for a second person."""

from dataclasses import dataclass

from fastapi import FastAPI

from ...configuration.store import Proposal
from ..given import Number
from ..visit import Who
from .acts import Acts
from .proposing import shown, what


@dataclass(frozen=True, slots=True)
class ProposalSaid:
    """A change that waits. sensors: how many would run otherwise; null = it cannot be carried out as things are."""

    id: int
    layer: str
    change: str
    loosens: str
    by: str
    why: str
    time_ms: int
    sensors: int | None
    own: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a proposal."""

    id: int
    layer: str
    change: str
    confirmed: bool


def add_routes(app: FastAPI, acts: Acts) -> None:
    """The list, and both answers."""

    @app.get("/api/fleet/proposals")
    def fleet_proposals(visit: Who) -> list[ProposalSaid]:
        """The changes that tell more of people and wait for a second person, the oldest first."""
        return [
            ProposalSaid(
                one.proposal.id,
                str(one.proposal.change.place),
                one.what,
                one.proposal.loosens,
                one.proposal.actor,
                one.proposal.why,
                one.proposal.time_ms,
                one.sensors,
                one.own,
            )
            for one in shown(acts, visit)
        ]

    @app.post("/api/fleet/proposals/{number}/confirm")
    def fleet_confirm(visit: Who, number: Number) -> Decided:
        """Say yes to another person's change: it is carried out at once. A token's owner is that person."""
        return _decided(acts.layers.confirm(acts.sight(visit.somebody), number), confirmed=True)

    @app.post("/api/fleet/proposals/{number}/withdraw")
    def fleet_withdraw(visit: Who, number: Number) -> Decided:
        """Take a change off the table, one's own or another's."""
        return _decided(acts.layers.withdraw(acts.sight(visit.somebody), number), confirmed=False)


def _decided(one: Proposal, *, confirmed: bool) -> Decided:
    return Decided(one.id, str(one.change.place), what(one), confirmed)
