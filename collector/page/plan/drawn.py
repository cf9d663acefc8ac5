"""What is drawn of a plan, as values: the plan, its sensors, and zones by how many came or how long they stayed. Pure.

A zone is what its sensors hear, and nobody knows how far that reaches: each of its sensors gets a halo of one size,
which stands for no distance. Its colour is a number that the table beside it shows; what is withheld is hatched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...plans.imdf import KINDS
from ...plans.plan import PICTURE, Plan, Shape, Spot
from ...reporting.report import Report
from ...suppression import Cell
from .. import words
from ..language import gettext as _
from ..links import to
from ..site import zones
from ..site.heat import SHADES

WIDTH = 1000.0  # of every drawing, in its own units
TRAY = 90.0  # beneath the plan, where sensors wait that nobody has placed
HEIGHT_MAX = 3000.0
DOT = 5.0
NAMED_MAX = 60  # named areas; more names are in each other's way
PEOPLE, STAY = "people", "stay"
COLOURS = (PEOPLE, STAY)
KNOWN = (*KINDS, "")


@dataclass(frozen=True, slots=True)
class Part:
    """A shape. kind: a class of the style sheet; x, y: where its name stands."""

    kind: str
    path: str
    area: bool
    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Base:
    """The plan itself. picture: its address, "" of a drawing; metres: of the drawing's width, None: not said."""

    height: float
    picture: str
    parts: tuple[Part, ...]
    metres: float | None

    @property
    def bar(self) -> tuple[float, float] | None:
        """A bar of a round length, at most a quarter as long as the plan is wide: units, metres."""
        if not self.metres:
            return None
        lengths = (size * step for size in (1000, 100, 10, 1, 0.1) for step in (5, 2, 1))
        found = next((one for one in lengths if one <= self.metres / 4), None)
        return None if found is None else (WIDTH * found / self.metres, found)


@dataclass(frozen=True, slots=True)
class Mark:
    """A sensor at its place. look: shadeN, few or gap; "" where it is in no zone. says: for who points at it."""

    sensor: str
    x: float
    y: float
    look: str
    says: str


@dataclass(frozen=True, slots=True)
class Label:
    """A zone's name and number, in the middle of its sensors."""

    zone: str
    shown: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Coloured:
    """A plan with the zones of a report. colour: PEOPLE or STAY; absent: sensors that nobody has placed."""

    base: Base
    colour: str
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    absent: tuple[str, ...]
    few: bool
    gaps: bool  # of a zone nobody listened to
    least: str  # of the palest shade, and of the darkest; "" where no zone shows a number
    most: str


def base(plan: Plan, tenant: str, site: str) -> Base:
    """A plan, as wide as WIDTH."""
    scale = WIDTH / plan.width
    height = min(HEIGHT_MAX, round(plan.height * scale, 1))
    url = to(f"/plan/{tenant}/{site}/picture", {"v": plan.changed_ms}) if plan.kind == PICTURE else ""
    parts = [_part(one, scale) for one in plan.shapes()]
    named = sum(bool(part.name) for part in parts) <= NAMED_MAX
    if not named:
        parts = [Part(one.kind, one.path, one.area, "", one.x, one.y) for one in parts]
    return Base(height, url, tuple(parts), plan.metres and plan.metres * plan.width)


def coloured(
    base: Base, report: Report, placed: Sequence[tuple[str, str]], spots: Mapping[str, Spot], colour: str
) -> Coloured:
    """The zones of a report on a plan. placed: (sensor, zone)."""
    cells = zone_cells(report, colour)
    unit = "s" if colour == STAY else ""
    values = [cell.value for cell in cells.values() if cell.value is not None]
    top = max(values, default=0.0) or 1.0
    zone_of, silent = dict(placed), zones.silent(report)
    shown = {zone: _("no data") if zone in silent else words.shown(cell, unit) for zone, cell in cells.items()}
    marks = []
    for sensor, spot in spots.items():
        zone = zone_of.get(sensor, "")
        known = zone in cells
        look = _look(cells[zone], top, zone not in silent) if known else ""
        marks.append(Mark(sensor, *_at(spot, base), look, f"{sensor}, {zone}: {shown[zone]}" if known else sensor))
    looks = {mark.look for mark in marks}
    ends = (
        [words.shown(Cell("", "", value, suppressed=False), unit) for value in (min(values), max(values))]
        if values
        else ["", ""]
    )
    return Coloured(
        base=base,
        colour=colour,
        marks=tuple(marks),
        labels=tuple(_labels(marks, zone_of, shown)),
        absent=tuple(sorted(sensor for sensor, _ in placed if sensor not in spots)),
        few="few" in looks,
        gaps="gap" in looks,
        least=ends[0],
        most=ends[1],
    )


def wanted(query: Mapping[str, str]) -> str:
    """The colour that an address asks for."""
    return query.get("colour", "") if query.get("colour", "") in COLOURS else PEOPLE


def zone_cells(report: Report, colour: str) -> dict[str, Cell]:
    """The number of each zone that a colour stands for: its visitors, or the median of their stays."""
    if colour == STAY:
        return {cell.series: cell for cell in report.answer("zone_dwell").cells if cell.cell == "median"}
    return {cell.cell: cell for cell in report.answer("zone_visitors").cells}


def unplaced(names: Sequence[str], height: float) -> dict[str, tuple[float, float]]:
    """Where sensors wait beneath a plan, one beside the other."""
    step = WIDTH / (len(names) + 1)
    return {name: (round(step * (number + 1), 1), height + TRAY / 2) for number, name in enumerate(names)}


def _labels(marks: Sequence[Mark], zone_of: Mapping[str, str], shown: Mapping[str, str]) -> list[Label]:
    by_zone: dict[str, list[Mark]] = {}
    for mark in marks:
        if zone_of.get(mark.sensor, "") in shown:
            by_zone.setdefault(zone_of[mark.sensor], []).append(mark)
    return [
        Label(
            zone,
            shown[zone],
            round(sum(one.x for one in those) / len(those), 1),
            round(min(one.y for one in those), 1),
        )
        for zone, those in sorted(by_zone.items())
    ]


def _look(cell: Cell, top: float, listened: bool) -> str:
    if not listened:
        return "gap"
    if cell.value is None:  # of nobody there is no stay: that tells of too few as well
        return "few"
    return f"shade{min(SHADES - 1, int(SHADES * cell.value / top))}"


def _at(spot: Spot, base: Base) -> tuple[float, float]:
    return round(spot.x * WIDTH / 100, 1), round(spot.y * base.height / 100, 1)


def _part(shape: Shape, scale: float) -> Part:
    rings = [[(round(x * scale, 1), round(y * scale, 1)) for x, y in ring] for ring in shape.rings]
    path = "".join(_dot(ring[0]) if len(ring) == 1 else _line(ring, shape.area) for ring in rings if ring)
    first = rings[0] if rings and rings[0] else [(0.0, 0.0)]
    first = first[:-1] if len(first) > 1 and first[0] == first[-1] else first  # a closed ring says one place twice
    x, y = (round(sum(axis) / len(first), 1) for axis in zip(*first, strict=True))
    return Part(shape.kind if shape.kind in KNOWN else "", path, shape.area, shape.name, x, y)


def _line(ring: Sequence[tuple[float, float]], area: bool) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in ring) + ("z" if area else "")


def _dot(spot: tuple[float, float]) -> str:
    x, y = spot
    return f"M{x - DOT:g} {y:g}a{DOT} {DOT} 0 1 0 {2 * DOT} 0a{DOT} {DOT} 0 1 0 {-2 * DOT} 0z"


def colours() -> list[tuple[str, str]]:
    """What zones may be coloured by, with how it is called."""
    return [(PEOPLE, _("Visitors")), (STAY, _("Median stay"))]
