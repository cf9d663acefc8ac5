"""Small drawings of our own, as SVG made here: columns and a band over time. Pure.

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
PLAIN = {"visitors": "#1f6f5c", "passers_by": "#5fa08f", "grey": "#77808c"}
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
    sheet = _Sheet(marks, width_px, height_px)
    body = []
    for place, mark in enumerate(marks):
        if mark.value is None:
            continue
        left, wide = sheet.x(place) + 0.12 * sheet.step, 0.76 * sheet.step
        top = sheet.y(mark.value)
        path = f"M{left:.1f} {sheet.base:.1f}V{top:.1f}h{wide:.1f}V{sheet.base:.1f}z"
        body.append(f'<path d="{path}" fill="{PLAIN["visitors"]}">{_title(mark)}</path>')
    return sheet.svg([*sheet.without(), f'<g class="visitors_marks">{"".join(body)}</g>'])


def band(marks: Sequence[Mark], width_px: int = WIDE_PX, height_px: int = 220) -> str:
    """A line through the marks with its interval as a band; both are broken where there is no number."""
    sheet = _Sheet(marks, width_px, height_px)
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
    return sheet.svg([*sheet.without(), *(drawn if lines else [])])


class _Sheet:
    """Where things lie on a drawing."""

    def __init__(self, marks: Sequence[Mark], width_px: int, height_px: int) -> None:
        self._marks, self._width, self._height = marks, width_px, height_px
        ends = [end for mark in marks for end in (mark.value, mark.high) if end is not None]
        self._ticks = ticks(max(ends, default=0.0))
        self.step = (width_px - LEFT_PX - RIGHT_PX) / max(1, len(marks))
        self.base = float(height_px - BOTTOM_PX)

    def x(self, place: float) -> float:
        return LEFT_PX + place * self.step

    def y(self, value: float) -> float:
        return self.base - (self.base - TOP_PX) * value / self._ticks[-1]

    def without(self) -> Iterator[str]:
        """Bands where nobody listened, signs where numbers are withheld."""
        gaps, few = [], []
        for place, mark in enumerate(self._marks):
            if mark.value is not None:
                continue
            if mark.few:
                middle = self.x(place + 0.5)
                few.append(f"M{middle:.1f} {self.base - 11:.1f}l3.5 3.5-3.5 3.5-3.5-3.5z")
            else:
                gaps.append(f"M{self.x(place):.1f} {TOP_PX}h{self.step:.1f}V{self.base:.1f}h{-self.step:.1f}z")
        grey = PLAIN["grey"]
        if gaps:
            yield f'<g class="gap_marks"><path d="{"".join(gaps)}" fill="{grey}" opacity="0.15"/></g>'
        if few:
            yield f'<g class="few_marks"><path d="{"".join(few)}" fill="none" stroke="{grey}"/></g>'

    def svg(self, body: Sequence[str]) -> str:
        """The whole drawing; hidden from screen readers, which get the table beside it."""
        grid, grey = [], PLAIN["grey"]
        for tick in self._ticks:
            at = self.y(tick)
            shown = language.number(tick, 0 if self._ticks[1] >= 1 else 1)
            grid.append(
                f'<path d="M{LEFT_PX} {at:.1f}H{self._width - RIGHT_PX}" stroke="{grey}" stroke-opacity="0.25"/>'
            )
            grid.append(f'<text x="{LEFT_PX - 6}" y="{at + 4:.1f}" text-anchor="end" fill="{grey}">{shown}</text>')
        room = max(1, int((self._width - LEFT_PX) / LABEL_PX))
        named = [place for place, mark in enumerate(self._marks) if mark.label]
        every = max(1, math.ceil(len(named) / room))
        for place in named[::every]:
            text = escape(self._marks[place].label)
            x = self.x(place + 0.5)
            grid.append(f'<text x="{x:.1f}" y="{self._height - 8}" text-anchor="middle" fill="{grey}">{text}</text>')
        return whole(self._width, self._height, [f'<g class="grid">{"".join(grid)}</g>', *body])


def whole(width_px: float, height_px: float, body: Sequence[str]) -> str:
    """An SVG of these parts."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_px:g} {height_px:g}" width="{width_px:g}" '
        f'height="{height_px:g}" font-family="sans-serif" font-size="12" aria-hidden="true" focusable="false">'
        f"{''.join(body)}</svg>"
    )


def ticks(top: float) -> list[float]:
    """Round numbers from 0 to at least `top`: three to six of them."""
    if top <= 0:
        return [0.0, 1.0]
    size = 10.0 ** math.floor(math.log10(top))
    step = next(size * part for part in (0.2, 0.5, 1.0, 2.0) if top / (size * part) <= 5)
    return [round(step * number, 10) for number in range(math.ceil(top / step - 1e-9) + 1)]


def _title(mark: Mark) -> str:
    return f"<title>{escape(mark.title)}</title>" if mark.title else ""


def _or_value(end: float | None, mark: Mark) -> float:
    return end if end is not None else mark.value or 0.0
