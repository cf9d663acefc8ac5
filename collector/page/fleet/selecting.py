"""/fleet/selection: several sensors of the list at once: tags, group, site; shown first, then done, all or none.

Which they are stands in the address: names that were ticked, or the list's own words for all that fit. A form holds no
thousand names: for those it holds the words and a seal of the names that were shown, and other names are not changed.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import FastAPI, Query
from fastapi.responses import HTMLResponse, Response

from ...errors import QueryError
from ...grouping.book import Edit
from ...watch.muster import Mustered
from ..given import Unfit
from ..links import to
from ..sentences import phrased
from ..visit import Visit, Who
from . import asked
from .acts import Acts
from .asked import Asked
from .framing import Room, after
from .sight import FleetSight

PATH = "/fleet/selection"
TICKED_MAX = 200  # a page of the list has 50
SHOWN = 50
WORDS = ("q", "state", "site", "tag", "version")
FIELDS = ("add", "remove", "regroup", "group", "move")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The sensors, and how a form says which: fields of its own, hidden."""

    sensors: tuple[Mustered, ...]
    fields: Mapping[str, str]

    @property
    def seal(self) -> str:
        """Another one for other sensors."""
        return hashlib.sha256(" ".join(sorted(map(_named, self.sensors))).encode()).hexdigest()[:32]


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The form, what it would come to, and doing it."""

    @app.get("/fleet/selection", response_class=HTMLResponse, include_in_schema=False)
    def form(
        visit: Who,
        sensor: Annotated[list[str] | None, Query()] = None,
        every: Annotated[str, Query(alias="all")] = "",
        q: str = "",
        state: str = "",
        site: str = "",
        tag: str = "",
        version: str = "",
    ) -> str:
        words = {"q": q, "state": state, "site": site, "tag": tag, "version": version} if every else {}
        said = {"sensors": " ".join(sensor or ())} if not every else {"all": "1", **words}
        return form_page(room, acts, visit, chosen(acts.sight(visit.somebody), said), {})

    @app.post("/fleet/selection/plan", include_in_schema=False)
    def plan(visit: Who) -> Response:
        sight = acts.sight(visit.somebody)
        found = chosen(sight, visit.form)
        try:
            edit = edit_of(visit.form)
            done = acts.sensors.edit_many(sight, found.sensors, edit, dry=True)
        except Unfit as exc:
            return HTMLResponse(form_page(room, acts, visit, found, visit.form, phrased(exc)), 409)
        fields = {**found.fields, "seal": found.seal, **{name: visit.form.get(name, "") for name in FIELDS}}
        page = room.render(
            "fleet/selection_plan.html", visit, done=done, fields=fields, shown=SHOWN, count=len(found.sensors)
        )
        return HTMLResponse(page)

    @app.post("/fleet/selection/change", include_in_schema=False)
    def change(visit: Who) -> Response:
        sight = acts.sight(visit.somebody)
        found = chosen(sight, visit.form)
        try:
            if visit.form.get("seal") != found.seal:
                raise Unfit("other sensors fit now than were shown; look again at what would change")
            acts.sensors.edit_many(sight, found.sensors, edit_of(visit.form))
        except Unfit as exc:
            return HTMLResponse(form_page(room, acts, visit, found, visit.form, phrased(exc)), 409)
        return after(to("/fleet", {name: visit.form[name] for name in WORDS if visit.form.get(name)}))


def chosen(sight: FleetSight, said: Mapping[str, str]) -> Chosen:
    """The sensors that an address or a form names. Raises QueryError for one that is not there."""
    everyone = sight.sensors()
    if said.get("all"):
        words = {name: said.get(name, "")[:97] for name in WORDS}
        fit = asked.fitting(Asked(words["q"], words["state"], words["site"], words["tag"], words["version"]), everyone)
        return Chosen(tuple(fit), {"all": "1", **{name: value for name, value in words.items() if value}})
    names = list(dict.fromkeys(said.get("sensors", "").split()))
    if len(names) > TICKED_MAX:
        raise QueryError(f"at most {TICKED_MAX} sensors are named one by one; take all that fit a filter instead")
    known = {_named(one): one for one in everyone}
    strange = next((name for name in names if name not in known), None)
    if strange is not None:
        raise QueryError(f"there is no sensor '{strange[:97]}' that you may see; choose from the list")
    return Chosen(tuple(known[name] for name in names), {"sensors": " ".join(names)})


def edit_of(form: Mapping[str, str]) -> Edit:
    """What the form says. Raises Unfit where it says nothing."""
    add, remove = (frozenset(form.get(name, "").split()) for name in ("add", "remove"))
    group = form.get("group", "").strip() if form.get("regroup") else None
    site = form.get("move", "").partition("/")[2] or None
    if not add and not remove and group is None and site is None:
        raise Unfit("say what is to be different: tags, group or site")
    return Edit(add=add, remove=remove, group=group, site=site)


def form_page(room: Room, acts: Acts, visit: Visit, found: Chosen, form: Mapping[str, str], says: str = "") -> str:
    """Which sensors they are, and the form."""
    tenants = {one.known.sensor.tenant for one in found.sensors}
    places = [f"{tenant}/{site}" for tenant, site in acts.sight(visit.somebody).sites() if {tenant} == tenants]
    return room.render(
        "fleet/selection.html",
        visit,
        found=found,
        shown=SHOWN,
        form={name: form.get(name, "") for name in FIELDS},
        places=places,
        says=says,
    )


def _named(one: Mustered) -> str:
    return f"{one.known.sensor.tenant}/{one.name}"
