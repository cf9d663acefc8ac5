"""Plots of a sensor's health over hours or days, as SVG; a time in which it was not heard is a gap. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from markupsafe import Markup

from ... import calendar
from ...watch.past import HOUR_MS, Point
from ..charts import NARROW_PX
from ..language import gettext as _
from ..language import marked
from ..site.plot import LEFT_PX, PLAIN, RIGHT_PX, Sheet, group

WIDE_PX, HEIGHT_PX = 470, 130
LABEL_PX = 60
STEPS_H = (1, 2, 3, 6, 12, 24, 48, 96, 168)  # between two labels
CLOCK_H = 48  # up to here hours are named, then days
LONG_MS = 25 * 60_000  # between two samples of ten minutes: more is a silence


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that a sensor says of itself, and how it is drawn. name: as a class and an id."""

    name: str
    label: str
    unit: str
    of: Callable[[Point], float | None]
    digits: int = 0


def _per_minute(point: Point) -> float:
    return point.frames / max(1.0, point.length_ms / 60_000)


def _drops(point: Point) -> float | None:
    all_frames = point.frames + point.kernel_drops
    return 100 * point.kernel_drops / all_frames if all_frames else None


def _scaled(name: str, by: float) -> Callable[[Point], float | None]:
    def of(point: Point) -> float | None:
        value = getattr(point, name)
        return None if value is None else value / by

    return of


MEASURES = (
    Measure("frames", marked("Frames"), marked("a minute"), _per_minute),
    Measure("drops", marked("Dropped by the kernel"), "%", _drops, 1),
    Measure("temperature", marked("Temperature"), "°C", _scaled("temperature_c", 1)),
    Measure("memory", marked("Memory left"), "MiB", _scaled("memory_available_kib", 1024), 1),
    Measure("offset", marked("Clock off by"), "ms", _scaled("clock_offset_ms", 1)),
    Measure("spool", marked("Batches that wait"), "", _scaled("spool_batches", 1)),
)


@dataclass(frozen=True, slots=True)
class Plot:
    """A measure over a time: its values, and its drawings by name and size."""

    name: str
    label: str
    unit: str
    digits: int
    last: float
    least: float
    most: float
    drawings: Mapping[str, Markup]


def heard(points: Sequence[Point]) -> list[Point]:
    """Those that are no silence."""
    return [one for one in points if one.length_ms == HOUR_MS or one.length_ms <= LONG_MS]


def draw(measure: Measure, points: Sequence[Point], zone: str, narrow: bool = False) -> str:
    """A plot; "" where nothing was said. Times are the site's."""
    values = tuple((point.start_ms, point.length_ms, measure.of(point)) for point in heard(points))
    if all(value is None for _, _, value in values):
        return ""
    return _draw(values, zone, NARROW_PX if narrow else WIDE_PX)


@lru_cache(maxsize=128)
def _draw(values: tuple[tuple[int, int, float | None], ...], zone: str, width_px: int) -> str:
    sheet = Sheet(1, max(1.0, *(value or 0.0 for _, _, value in values)), width_px, HEIGHT_PX)
    first_ms, last_ms = values[0][0], max(values[-1][0], values[0][0] + 1)
    scale = (width_px - LEFT_PX - RIGHT_PX) / (last_ms - first_ms)
    runs: list[list[str]] = []
    dots, end_ms = [], 0
    for start_ms, length_ms, value in values:
        if value is None or start_ms - end_ms > LONG_MS:
            runs.append([])
        end_ms = start_ms + length_ms
        if value is not None:
            at = f"{LEFT_PX + scale * (start_ms - first_ms):.1f} {sheet.y(value):.1f}"
            runs[-1].append(at) if runs else runs.append([at])
            dots.append(f"M{at}h0")
    path = "".join("M" + "L".join(run) for run in runs if len(run) > 1)
    grey, color = PLAIN["grey"], PLAIN["health"]
    line = [f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.5"/>'] if path else []
    dot = f'<path d="{"".join(dots)}" fill="none" stroke="{grey}" stroke-width="3" stroke-linecap="round"/>'
    named = [(LEFT_PX + scale * (at_ms - first_ms), said) for at_ms, said in _times(first_ms, last_ms, zone, width_px)]
    return sheet.drawing(named, [group("health", line), group("health_dots", [dot])])


def _times(first_ms: int, last_ms: int, zone: str, width_px: int) -> list[tuple[int, str]]:
    """Round hours of the site's clock, or its days where the time is long."""
    place, span_h = calendar.zone(zone), (last_ms - first_ms) / HOUR_MS
    room = max(2, (width_px - LEFT_PX) // LABEL_PX)
    every_h = next((step for step in STEPS_H if span_h <= step * room), STEPS_H[-1])
    moment = datetime.fromtimestamp(first_ms / 1000, place).replace(hour=0, minute=0, second=0, microsecond=0)
    found = []
    while (at_ms := int(moment.timestamp() * 1000)) <= last_ms:
        if at_ms >= first_ms:
            found.append((at_ms, f"{moment:%H:%M}" if span_h <= CLOCK_H else f"{moment:%d.%m.}"))
        moment += timedelta(hours=every_h)  # by the clock on the wall: a day stays a day over a change of time
    return found


def drawn(points: Sequence[Point], zone: str) -> list[Plot]:
    """Each measure that was told: its drawing, and its last, least and greatest value."""
    found = []
    for measure in MEASURES:
        values = [value for point in heard(points) if (value := measure.of(point)) is not None]
        if not values:
            continue
        shown = {size: draw(measure, points, zone, narrow=size == "narrow") for size in ("wide", "narrow")}
        # Our own SVG, of numbers alone.
        drawings = {f"{measure.name}_{size}": Markup(svg) for size, svg in shown.items()}  # noqa: S704
        said = (measure.name, _(measure.label), _(measure.unit), measure.digits)
        found.append(Plot(*said, values[-1], min(values), max(values), drawings))
    return found
