"""/fleet/map: where sensors are and how they are, drawn by ourselves: no other host is asked for a map.

Degrees become a plane by the equirectangular projection, longitudes shortened by the cosine of the middle latitude:
true enough for one country, and for what it shows: where something is amiss.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from ...watch.muster import Mustered
from .. import words
from ..links import to
from ..visit import Visit, Who
from . import states
from .acts import Acts
from .framing import Room, sensor_path

WIDTH, HEIGHT, EDGE = 1000.0, 640.0, 70.0
SPAN_DEG_MIN = 0.0005  # some 50 m: one place alone is not the whole map


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on the map, or, without x and y, only in the list beside it."""

    label: str
    href: str
    kind: str
    says: str
    count: int
    placed: int
    x: float | None = None
    y: float | None = None
    r: float = 12.0


def add_routes(app: FastAPI, room: Room, acts: Acts) -> None:
    """The map of sites, and of one site's sensors."""

    @app.get("/fleet/map", response_class=HTMLResponse, include_in_schema=False)
    def fleet_map(visit: Who, site: str = "") -> str:
        return map_page(room, acts, visit, site)


def map_page(room: Room, acts: Acts, visit: Visit, site: str) -> str:
    """site: TENANT/SITE; "" = all sites."""
    sensors = acts.sight(visit.somebody).sensors()
    here = [one for one in sensors if site == f"{one.known.sensor.tenant}/{one.known.sensor.site}"]
    marks = of_sensors(here) if site else of_sites(sensors)
    return room.render("fleet/map.html", visit, site=site, marks=marks, width=WIDTH, height=HEIGHT)


def of_sites(sensors: Iterable[Mustered]) -> list[Mark]:
    """A mark a site, as big as it has sensors, at the mean of their places, as bad as the worst of them."""
    there: dict[str, list[Mustered]] = {}
    for one in sensors:
        there.setdefault(f"{one.known.sensor.tenant}/{one.known.sensor.site}", []).append(one)
    found, places = [], []
    for name, mine in sorted(there.items()):
        placed = [spot for one in mine if (spot := _spot(one)) is not None]
        places.append(tuple(sum(axis) / len(placed) for axis in zip(*placed, strict=True)) if placed else None)
        kind = states.worst(one.shown.state for one in mine)
        radius = min(34.0, 13.0 + 1.5 * math.sqrt(len(mine)))
        href = to("/fleet/map", {}, site=name)
        found.append(Mark(name, href, kind, _counted(mine), len(mine), len(placed), r=radius))
    return placed_on(found, places)


def of_sensors(sensors: Sequence[Mustered]) -> list[Mark]:
    """A mark a sensor."""
    marks = []
    for one in sensors:
        spot, state = _spot(one), one.shown.state
        says = states.label(state) + (f": {words.said(one.shown.says)}" if one.shown.says else "")
        path = sensor_path(one.known.sensor.tenant, one.name)
        marks.append(Mark(one.name, path, states.kind(state), says, 1, int(spot is not None)))
    return placed_on(marks, [_spot(one) for one in sensors])


def placed_on(marks: Sequence[Mark], places: Sequence[tuple[float, ...] | None]) -> list[Mark]:
    """The marks where they belong. places: (longitude, latitude) in degrees, None = nobody has said."""
    known = [place for place in places if place is not None]
    if not known:
        return list(marks)
    lons, lats = [place[0] for place in known], [place[1] for place in known]
    middle_lon, middle_lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    shorter = max(0.01, math.cos(math.radians(middle_lat)))
    span_x = max(SPAN_DEG_MIN, (max(lons) - min(lons)) * shorter)
    span_y = max(SPAN_DEG_MIN, max(lats) - min(lats))
    scale = min((WIDTH - 2 * EDGE) / span_x, (HEIGHT - 2 * EDGE) / span_y)
    found = []
    for mark, place in zip(marks, places, strict=True):
        if place is None:
            found.append(mark)
            continue
        x = WIDTH / 2 + (place[0] - middle_lon) * shorter * scale
        y = HEIGHT / 2 - (place[1] - middle_lat) * scale
        rest = (mark.label, mark.href, mark.kind, mark.says, mark.count, mark.placed)
        found.append(Mark(*rest, round(x, 1), round(y, 1), round(mark.r, 1)))
    return found


def _spot(one: Mustered) -> tuple[float, float] | None:
    known = one.known
    return None if known.longitude is None or known.latitude is None else (known.longitude, known.latitude)


def _counted(sensors: Sequence[Mustered]) -> str:
    count: dict[str, int] = {}
    for one in sensors:
        count[one.shown.state] = count.get(one.shown.state, 0) + 1
    return ", ".join(f"{count[state]} {states.label(state)}" for state in states.STATES if state in count)
