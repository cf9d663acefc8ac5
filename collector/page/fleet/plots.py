"""Plots of a sensor's health over hours or days, as SVG; a time in which it was not heard is a gap.

Importing this module takes memory, see collector.page.charts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import altair as alt

from ... import calendar
from ...watch.past import HOUR_MS, Point
from ..charts import GREY, NARROW_PX, drawn
from ..language import marked

WIDE_PX, HEIGHT_PX = 470, 130
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
    rows, segment, end_ms = [], 0, 0
    place = calendar.zone(zone)
    for start_ms, length_ms, value in values:
        if value is None or start_ms - end_ms > LONG_MS:
            segment += 1
        end_ms = start_ms + length_ms
        if value is not None:
            # Told without a zone, and drawn as such: the site's own clock.
            there = datetime.fromtimestamp(start_ms / 1000, place).replace(tzinfo=None).isoformat(timespec="seconds")
            rows.append({"time": f"{there}Z", "value": round(value, 3), "segment": segment})
    top = max(row["value"] for row in rows if isinstance(row["value"], float | int))
    span_h = (values[-1][0] - values[0][0]) / HOUR_MS
    x = alt.X(
        "time:T",
        title=None,
        scale=alt.Scale(type="utc"),
        axis=alt.Axis(format="%H:%M" if span_h <= 48 else "%d.%m.", tickCount=6, grid=False, labelPadding=6),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(domain=[0, max(1.0, 1.1 * top)], nice=True),
        axis=alt.Axis(tickCount=4, domain=False, ticks=False, labelPadding=6),
    )
    base = alt.Chart(alt.InlineData(values=rows), name="health")
    line = base.mark_line(color="#1f6f5c", strokeWidth=1.5).encode(x=x, y=y, detail="segment:N")
    dots = alt.Chart(alt.InlineData(values=rows), name="health_dots").mark_circle(color=GREY, size=7)
    return drawn(alt.LayerChart(layer=[line, dots.encode(x=x, y=y)]), width_px, HEIGHT_PX)
