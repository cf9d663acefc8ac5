"""/fleet: which sensors there are, how they are, and what to do: counts, search, filters, sorting, pages.

However many look at a fleet, one list is found and laid out once for each muster of it.
"""

from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse

from ...watch.checks import STATES
from ..given import whole
from ..language import spoken
from ..site.told import Telling
from ..visit import Visit, Who
from . import asked, states
from .acts import Acts
from .asked import AMISS, Asked
from .framing import Room


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The list."""
    lists = Lists()

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
        wanted = Asked(q[:64], state if state in (*STATES, AMISS) else "", site, tag, version, sort, whole(page, 1))
        return list_page(room, acts, lists, visit, wanted)


class Lists:
    """What is told of the last muster. Of one alone: it is some MB."""

    def __init__(self) -> None:
        self._of: tuple[object, Telling] = (None, Telling())

    def of(self, mustered: object) -> Telling:
        """What has been told of this one."""
        found = self._of
        if found[0] is not mustered:
            found = self._of = (mustered, Telling())
        return found[1]


def list_page(room: Room, acts: Acts, lists: Lists, visit: Visit, wanted: Asked) -> str:
    """The page of one question. Nothing of visitors is on it."""
    sight, mustered = acts.sight(visit.somebody), acts.muster.all()
    may_change, now_ms = room.may_change(visit), acts.now_ms()

    def tell() -> dict[str, Any]:
        everyone = sight.of(mustered)
        choices = asked.choices(everyone)
        return {
            "asked": wanted,
            "found": asked.find(wanted, everyone),
            "query": wanted.query(),
            "whole": len(everyone),
            "pairs": {name: [(one, one) for one in values] for name, values in choices.items()},
            "labels": {state: states.label(state) for state in STATES},
            "waiting": sum(one.shown.state == "pending" for one in everyone),
            "many_tenants": len({one.known.sensor.tenant for one in everyone}) > 1,
            "looked_ms": now_ms,
        }

    told = lists.of(mustered).of((wanted, spoken(), may_change, sight.person.sites), (mustered,), tell)
    return room.render(
        "fleet/list.html",
        visit,
        once=told.once,
        alerts=sum(not one.acknowledged_by for one in sight.alerts(0, now_ms)),
        proposals=len(sight.proposals(now_ms)),
        **told.values,
    )
