"""Charts of an answer's released cells, as SVG drawn on the sheet of site/plot.py. Pure.

A suppressed cell is drawn as a hollow sign, an hour without data as a band; neither looks like a zero.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache

from markupsafe import escape

from ..reporting.report import Answer
from ..suppression import Cell
from .language import spoken
from .site.plot import PLAIN, Sheet, group, whole
from .view import HOURS_MAX, PANEL
from .words import clock, reason, shown, weekday

WIDE_PX, NARROW_PX, BARS_PX = 960, 340, 390
KEPT = 256  # drawings
LABELS_WIDE, LABELS_NARROW = 14, 7  # under the columns, at most
LABEL_PX = 40  # room for one of them
TOP_MIN = 4.0  # of an axis of counts: its steps are whole ones
INNER = 0.75  # of an hour's place that columns take; the rest keeps hours apart
LETTER_PX = 7  # room for a letter of a label; the reader's font is not known here
BAR_PX, ROW_PX = 16, 30


def panel_hours(answer: Answer, width_px: int = WIDE_PX) -> str:
    """Visitors and passers-by of the panel by the hour: two columns an hour."""
    cells = tuple(cell for cell in answer.cells if cell.series in PANEL)
    return _hours(cells, PANEL, width_px, 230 if width_px == WIDE_PX else 200, spoken())


def address_hours(answer: Answer, width_px: int = WIDE_PX) -> str:
    """Distinct addresses by the hour: small, because they are not people."""
    cells = tuple(cell for cell in answer.cells if cell.series == "devices_seen")
    return _hours(cells, ("devices_seen",), width_px, 110, spoken())


def bars(answer: Answer) -> str:
    """A lying bar for each cell, with its number at the end."""
    return _bars(tuple(answer.cells), answer.metric.unit, spoken())


@lru_cache(maxsize=KEPT)
def _hours(cells: tuple[Cell, ...], order: tuple[str, ...], width_px: int, height_px: int, _language: str) -> str:
    hours = list(dict.fromkeys(cell.cell for cell in cells))[-HOURS_MAX:]
    if not hours:
        return ""
    places = {hour: place for place, hour in enumerate(hours)}
    kept = [cell for cell in cells if cell.cell in places]
    sheet = Sheet(len(hours), max(TOP_MIN, *(cell.value or 0.0 for cell in kept)), width_px, height_px)
    heard = {cell.cell for cell in kept if cell.value is not None or cell.suppressed}
    wide = INNER / len(order)
    drawn = [sheet.gaps([place for hour, place in places.items() if hour not in heard])]
    for number, series in enumerate(order):
        left = (1 - INNER) / 2 + number * wide
        columns = [
            sheet.column(places[cell.cell], cell.value, PLAIN[series], left=left, wide=0.95 * wide)
            for cell in kept
            if cell.series == series and cell.value is not None
        ]
        drawn.append(group(series, columns))
    labels = _hour_labels(hours, width_px)
    return sheet.svg(
        labels, [*drawn, *_signs(sheet, [cell for cell in kept if cell.suppressed], order, places)], LABEL_PX
    )


def _signs(sheet: Sheet, few: Sequence[Cell], order: Sequence[str], places: Mapping[str, int]) -> tuple[str, str]:
    """A hollow sign where a number is suppressed: one a series, or one in the middle where all of an hour are."""
    times = Counter(cell.cell for cell in few)
    wide = INNER / len(order)
    single = [
        places[cell.cell] + (1 - INNER) / 2 + (order.index(cell.series) + 0.5) * wide
        for cell in few
        if times[cell.cell] < len(order)
    ]
    every = [places[hour] + 0.5 for hour, count in times.items() if count == len(order)]
    return sheet.signs("few", single), sheet.signs("all_few", every)


def _hour_labels(hours: Sequence[str], width_px: int) -> list[str]:
    """Labels under every first, second, third ... hour, on round hours; the day's name where a new day begins."""
    room = LABELS_WIDE if width_px == WIDE_PX else LABELS_NARROW
    every = next((step for step in (1, 2, 3, 4, 6, 12) if len(hours) <= step * room), 24)
    if not any(int(clock(hour)[:2]) % every == 0 for hour in hours):
        return [clock(hours[0]), *[""] * (len(hours) - 1)]
    labels, day = [], weekday(hours[0])
    for hour in hours:
        named = int(clock(hour)[:2]) % every == 0
        begins = named and weekday(hour) != day
        day = weekday(hour) if named else day
        labels.append("" if not named else day if begins else clock(hour))
    return labels


@lru_cache(maxsize=KEPT)
def _bars(cells: tuple[Cell, ...], unit: str, _language: str) -> str:
    if not cells:
        return ""
    labels = [reason(cell.cell) for cell in cells]
    room_px = LETTER_PX * max(len(label) for label in labels) + 8
    top = max((cell.value or 0.0 for cell in cells), default=0.0) or 1.0
    scale = (BARS_PX - room_px) / (1.3 * top)
    grid: list[str] = []
    drawn: list[str] = []
    numbers: list[str] = []
    few: list[str] = []
    for row, (cell, label) in enumerate(zip(cells, labels, strict=True)):
        middle, wide = ROW_PX * (row + 0.5), scale * (cell.value or 0.0)
        words = f'x="{room_px - 8}" y="{middle + 4:.1f}" text-anchor="end" fill="{PLAIN["grey"]}"'
        grid.append(f"<text {words}>{escape(label)}</text>")
        if wide:
            path = f"M{room_px} {middle - BAR_PX / 2:.1f}h{wide:.1f}v{BAR_PX}h{-wide:.1f}z"
            drawn.append(f'<path d="{path}" fill="{PLAIN["bar"]}"/>')
        at = f'x="{room_px + wide + 6:.1f}" y="{middle + 4:.1f}" fill="{PLAIN["grey"]}"'
        (few if cell.suppressed else numbers).append(f"<text {at}>{escape(shown(cell, unit))}</text>")
    grouped = [group("bar", drawn), group("number", numbers), group("few", few)]
    return whole(BARS_PX, ROW_PX * len(cells), [f'<g class="grid">{"".join(grid)}</g>', *grouped])
