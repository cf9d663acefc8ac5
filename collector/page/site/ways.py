"""Ways: from zone to zone and from site to site, drawn as a flow; where else visitors were seen. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from ...answers.intervals import wide
from ...reporting.report import Report
from ...suppression import Cell
from .. import language, words
from ..language import gettext as _
from ..view import Row
from .plot import PLAIN, whole

ARROW = " > "  # between the places of a way, as the metric names it
WIDE_PX, NARROW_PX = 760, 360
NODE_PX, GAP_PX, SCALE_PX = 10, 10, 220
LETTER_PX = 7.5
LABEL_CHARS_WIDE, LABEL_CHARS_NARROW = 24, 10


@dataclass(frozen=True, slots=True)
class Way:
    """From one place to the next, and how often."""

    begins: str
    ends: str
    times: float


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways of one kind: between zones or between sites."""

    ways: tuple[Way, ...]
    rows: tuple[Row, ...]


def ways(report: Report, kind: str) -> Ways:
    """The ways of a kind: zone, path or site. What too few took is not among them."""
    cells = [cell for cell in report.answer("routes").cells if cell.series == kind]
    parted = [(*cell.cell.partition(ARROW), cell.value) for cell in cells]
    found = [
        Way(begins, ends, times)
        for begins, arrow, ends, times in parted
        if arrow and ARROW not in ends and times is not None
    ]
    return Ways(tuple(found), tuple(Row(cell.cell.replace(ARROW, " → "), (words.shown(cell, ""),)) for cell in cells))


def diagram(found: Sequence[Way], width_px: int = WIDE_PX) -> str:
    """The ways as ribbons, from the left to the right, as wide as they are frequent; "" where there are none."""
    if not found:
        return ""
    lefts, rights = _sums(found, "begins"), _sums(found, "ends")
    scale = SCALE_PX / max(sum(lefts.values()), 1.0)
    chars = LABEL_CHARS_WIDE if width_px == WIDE_PX else LABEL_CHARS_NARROW
    longest = max(len(name) for name in (*lefts, *rights))
    room = LETTER_PX * min(chars, longest) + 8
    left_x, right_x = room, width_px - room - NODE_PX
    left_y, right_y = _stack(lefts, scale), _stack(rights, scale)
    ribbons, out, into = [], dict.fromkeys(lefts, 0.0), dict.fromkeys(rights, 0.0)
    for way in sorted(found, key=lambda one: (list(lefts).index(one.begins), list(rights).index(one.ends))):
        wide = max(1.0, way.times * scale)
        y0 = left_y[way.begins] + out[way.begins] + wide / 2
        y1 = right_y[way.ends] + into[way.ends] + wide / 2
        out[way.begins] += wide
        into[way.ends] += wide
        bend = (left_x + NODE_PX + right_x) / 2
        title = escape(f"{way.begins} → {way.ends}: {language.number(way.times)}")
        ribbons.append(
            f'<path d="M{left_x + NODE_PX:.1f} {y0:.1f}C{bend:.1f} {y0:.1f} {bend:.1f} {y1:.1f} {right_x:.1f} {y1:.1f}"'
            f' stroke-width="{wide:.1f}"><title>{title}</title></path>'
        )
    nodes = [_node(name, left_x, left_y[name], size * scale, chars, left=True) for name, size in lefts.items()]
    nodes += [_node(name, right_x, right_y[name], size * scale, chars, left=False) for name, size in rights.items()]
    height = max(_height(lefts, scale), _height(rights, scale))
    body = (
        f'<g class="ribbon_marks" fill="none" stroke="{PLAIN["visitors"]}" stroke-opacity="0.35">{"".join(ribbons)}</g>'
    )
    return whole(width_px, round(height), [body, f'<g class="node_marks">{"".join(nodes)}</g>'])


def _sums(found: Sequence[Way], end: str) -> dict[str, float]:
    """The places at one end, the largest first, with their times."""
    sums: dict[str, float] = {}
    for way in found:
        sums[getattr(way, end)] = sums.get(getattr(way, end), 0.0) + way.times
    return dict(sorted(sums.items(), key=lambda one: (-one[1], one[0])))


def _stack(sums: dict[str, float], scale: float) -> dict[str, float]:
    """Where each place begins, from above."""
    tops, y = {}, float(GAP_PX)
    for name, times in sums.items():
        tops[name] = y
        y += max(14.0, times * scale) + GAP_PX
    return tops


def _height(sums: dict[str, float], scale: float) -> float:
    return GAP_PX + sum(max(14.0, times * scale) + GAP_PX for times in sums.values())


def _node(name: str, x: float, y: float, tall: float, chars: int, *, left: bool) -> str:
    short = name if len(name) <= chars else f"{name[: chars - 1]}…"
    at, anchor = (x - 6, "end") if left else (x + NODE_PX + 6, "start")
    middle = y + max(14.0, tall) / 2 + 4
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{NODE_PX}" height="{max(2.0, tall):.1f}" fill="{PLAIN["visitors"]}"/>'
        f'<text x="{at:.1f}" y="{middle:.1f}" text-anchor="{anchor}" fill="{PLAIN["grey"]}">{escape(short)}</text>'
    )


def elsewhere(report: Report) -> tuple[Row, ...]:
    """The share of visitors who were also seen at each other site: of the panel, and mended for missed visits."""
    mended = {cell.cell: cell for cell in report.answer("intersections_estimate").cells}
    return tuple(
        Row(cell.cell, (_shown(cell), _interval(cell), *(show(mended[cell.cell]) for show in (_shown, _interval))))
        for cell in report.answer("intersections").cells
    )


def _shown(cell: Cell) -> str:
    return words.shown(cell, "share of visitors")


def _interval(cell: Cell) -> str:
    if cell.value is None or cell.low is None or cell.high is None:
        return "–"
    ends = f"{language.percent(cell.low)} – {language.percent(cell.high)}"
    return _("%(ends)s: add days") % {"ends": ends} if wide(cell) else ends


def between(zones: Sequence[str], found: Sequence[Way]) -> list[tuple[str, list[float | None]]]:
    """The ways as a matrix: a row a place that one leaves, a column one that one enters. None: none, or too few."""
    times = {(way.begins, way.ends): way.times for way in found}
    return [(begins, [times.get((begins, ends)) for ends in zones]) for begins in zones]
