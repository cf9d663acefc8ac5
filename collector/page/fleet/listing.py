"""/fleet: which sensors there are, how they are, and what to do: counts, search, filters, sorting, pages."""

from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse

from ...watch.checks import STATES
from ..door import Visit, Who
from . import asked, states
from .acts import Acts
from .asked import AMISS, Asked
from .framing import Room


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The list."""

    @app.get("/fleet", response_class=HTMLResponse, include_in_schema=False)
    def fleet_page(
        visit: Who,
        q: str = "",
        state: str = "",
        site: str = "",
        tag: str = "",
        version: str = "",
        sort: str = "",
        page: Annotated[str, Query()] = "1",
    ) -> str:
        wanted = Asked(q[:64], state if state in (*STATES, AMISS) else "", site, tag, version, sort, _number(page))
        return list_page(room, acts, visit, wanted)


def list_page(room: Room, acts: Acts, visit: Visit, wanted: Asked) -> str:
    """The page of one question. Nothing of visitors is on it."""
    sight = acts.sight(visit.somebody)
    everyone = sight.sensors()
    found, choices = asked.find(wanted, everyone), asked.choices(everyone)
    labels = {state: states.label(state) for state in STATES}
    alerts = sight.alerts(0, acts.now_ms())
    return room.render(
        "fleet/list.html",
        visit,
        asked=wanted,
        found=found,
        query=wanted.query(),
        whole=len(everyone),
        pairs={name: [(one, one) for one in values] for name, values in choices.items()},
        labels=labels,
        alerts=sum(not one.acknowledged_by for one in alerts),
        waiting=sum(one.shown.state == "pending" for one in everyone),
        proposals=len(sight.proposals(acts.now_ms())),
        many_tenants=len({one.known.sensor.tenant for one in everyone}) > 1,
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 1
