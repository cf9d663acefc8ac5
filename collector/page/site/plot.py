"""Drawings as SVG made here: columns and a band over time, and the sheet that every chart is drawn on. Pure.

Colours are the style sheet's, by class; the attributes hold where there is no sheet, as in a PNG. What is withheld is a
hollow diamond, what nobody heard a grey band: neither looks like a zero. A browser gets a few kilobytes a drawing.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import escape

from .. import language

WIDE_PX, NARROW_PX = 960, 360
LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 46, 8, 10, 26
PLAIN = {  # where there is no sheet
    "visitors": "#1f6f5c",
    "passers_by": "#5fa08f",
    "devices_seen": "#8b97a8",
    "bar": "#1f6f5c",
    "settled": "#1f6f5c",
    "refused": "#9a5b00",
    "health": "#1f6f5c",
    "grey": "#77808c",
}
LABEL_PX = 76  # room that a label on the lower edge takes


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the lower edge: a number with its interval, or why there is none. label: where it may be named."""

    label: str
    value: float | None
    few: bool = False
    low: float | None = None
    high: float | None = None
    title: str = ""  # shown where somebody points at it; numbers in it are released ones


def columns(marks: Sequence[Mark], width_px: int = WIDE_PX, height_px: int = 220) -> str:
    """A column for each mark."""
    sheet = Sheet(len(marks), _top(marks), width_px, height_px)
    drawn = [
        sheet.column(place, mark.value, PLAIN["visitors"], title=mark.title)
        for place, mark in enumerate(marks)
        if mark.value is not None
    ]
    return sheet.svg([mark.label for mark in marks], [*_without(sheet, marks), group("visitors", drawn)])


def band(marks: Sequence[Mark], width_px: int = WIDE_PX, height_px: int = 220) -> str:
    """A line through the marks with its interval as a band; both are broken where there is no number."""
    sheet = Sheet(len(marks), _top(marks), width_px, height_px)
    areas, lines = [], []
    for known, run in groupby(enumerate(marks), key=lambda one: one[1].value is not None):
        if not known:
            continue
        points = [(sheet.x(place) + sheet.step / 2, mark) for place, mark in run]
        if len(points) == 1:  # a point would not be seen
            ((middle, mark),) = points
            points = [(middle - sheet.step / 3, mark), (middle + sheet.step / 3, mark)]
        lines.append("M" + "L".join(f"{x:.1f} {sheet.y(mark.value or 0):.1f}" for x, mark in points))
        upper = [f"{x:.1f} {sheet.y(_or_value(mark.high, mark)):.1f}" for x, mark in points]
        lower = [f"{x:.1f} {sheet.y(_or_value(mark.low, mark)):.1f}" for x, mark in points]
        areas.append("M" + "L".join([*upper, *reversed(lower)]) + "z")
    color = PLAIN["visitors"]
    drawn = [
        f'<g class="band_marks"><path d="{"".join(areas)}" fill="{color}" fill-opacity="0.22"/></g>',
        f'<g class="line_marks"><path d="{"".join(lines)}" fill="none" stroke="{color}" stroke-width="2"/></g>',
    ]
    return sheet.svg([mark.label for mark in marks], [*_without(sheet, marks), *(drawn if lines else [])])


class Sheet:
    """Where things lie on a drawing of so many places beside each other, over numbers from 0 to at least `top`."""

    def __init__(self, places: int, top: float, width_px: int, height_px: int) -> None:
        self._width, self._height = width_px, height_px
        self._ticks = ticks(top)
        self.step = (width_px - LEFT_PX - RIGHT_PX) / max(1, places)
        self.base = float(height_px - BOTTOM_PX)

    def x(self, place: float) -> float:
        """Of a place's left edge."""
        return LEFT_PX + place * self.step

    def y(self, value: float) -> float:
        """Of a number."""
        return self.base - (self.base - TOP_PX) * value / self._ticks[-1]

    def column(
        self, place: float, value: float, color: str, *, left: float = 0.12, wide: float = 0.76, title: str = ""
    ) -> str:
        """A column; left, wide: parts of the place."""
        x, width, top = self.x(place) + left * self.step, wide * self.step, self.y(value)
        path = f"M{x:.1f} {self.base:.1f}V{top:.1f}h{width:.1f}V{self.base:.1f}z"
        said = f"<title>{escape(title)}</title>" if title else ""
        return f'<path d="{path}" fill="{color}">{said}</path>' if said else f'<path d="{path}" fill="{color}"/>'

    def gaps(self, places: Sequence[int]) -> str:
        """Bands where nobody listened."""
        bands = [f"M{self.x(place):.1f} {TOP_PX}h{self.step:.1f}V{self.base:.1f}h{-self.step:.1f}z" for place in places]
        return group("gap", [f'<path d="{"".join(bands)}" fill="{PLAIN["grey"]}" opacity="0.15"/>'] if bands else [])

    def signs(self, name: str, middles: Sequence[float]) -> str:
        """Hollow signs where numbers are withheld. middles: in places, 0.5 = the middle of the first."""
        signs = [f"M{self.x(middle):.1f} {self.base - 11:.1f}l3.5 3.5-3.5 3.5-3.5-3.5z" for middle in middles]
        return group(name, [f'<path d="{"".join(signs)}" fill="none" stroke="{PLAIN["grey"]}"/>'] if signs else [])

    def svg(self, labels: Sequence[str], body: Sequence[str], label_px: int = LABEL_PX) -> str:
        """The whole drawing. labels: of each place, "" = none; every second, third ... where they have no room."""
        named = [(self.x(place + 0.5), label) for place, label in enumerate(labels) if label]
        room = max(1, int((self._width - LEFT_PX) / label_px))
        return self.drawing(named[:: max(1, math.ceil(len(named) / room))], body)

    def drawing(self, named: Sequence[tuple[float, str]], body: Sequence[str]) -> str:
        """The whole drawing. named: what stands at which x below it."""
        grid, grey = [], PLAIN["grey"]
        for tick in self._ticks:
            at = self.y(tick)
            shown = language.number(tick, 0 if self._ticks[1] >= 1 else 1)
            grid.append(
                f'<path d="M{LEFT_PX} {at:.1f}H{self._width - RIGHT_PX}" stroke="{grey}" stroke-opacity="0.25"/>'
            )
            grid.append(f'<text x="{LEFT_PX - 6}" y="{at + 4:.1f}" text-anchor="end" fill="{grey}">{shown}</text>')
        for x, label in named:
            said = f'<text x="{x:.1f}" y="{self._height - 8}" text-anchor="middle" fill="{grey}">{escape(label)}</text>'
            grid.append(said)
        return whole(self._width, self._height, [f'<g class="grid">{"".join(grid)}</g>', *body])


def group(name: str, drawn: Sequence[str]) -> str:
    """Marks of one kind; the style sheet colours them by the kind's name. "" where there are none."""
    return f'<g class="{name}_marks">{"".join(drawn)}</g>' if drawn else ""


def whole(width_px: float, height_px: float, body: Sequence[str]) -> str:
    """An SVG of these parts; hidden from screen readers, which get the table beside it."""
    return (
        f'<svg aria-hidden="true" focusable="false" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="0 0 {width_px:g} {height_px:g}" width="{width_px:g}" height="{height_px:g}" '
        f'font-family="sans-serif" font-size="12">'
        f"{''.join(body)}</svg>"
    )


def ticks(top: float) -> list[float]:
    """Round numbers from 0 to at least `top`: three to six of them."""
    if top <= 0:
        return [0.0, 1.0]
    size = 10.0 ** math.floor(math.log10(top))
    step = next(size * part for part in (0.2, 0.5, 1.0, 2.0) if top / (size * part) <= 5)
    return [round(step * number, 10) for number in range(math.ceil(top / step - 1e-9) + 1)]


def _top(marks: Sequence[Mark]) -> float:
    return max((end for mark in marks for end in (mark.value, mark.high) if end is not None), default=0.0)


def _without(sheet: Sheet, marks: Sequence[Mark]) -> Iterator[str]:
    """Bands where nobody listened, signs where numbers are withheld."""
    missing = [(place, mark.few) for place, mark in enumerate(marks) if mark.value is None]
    yield sheet.gaps([place for place, few in missing if not few])
    yield sheet.signs("few", [place + 0.5 for place, few in missing if few])


def _or_value(end: float | None, mark: Mark) -> float:
    return end if end is not None else mark.value or 0.0
