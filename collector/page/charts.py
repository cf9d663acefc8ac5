"""Charts: an answer's released cells as SVG, drawn on the server by Altair and vl-convert.

Colours are the style sheet's: a mark's name becomes its class (`visitors_marks`), so one drawing serves light and dark.
A suppressed cell is drawn as a hollow sign, an hour without data as a band; neither looks like a zero.
Importing this module takes some 50 MB and drawing some 80 MB more: do it when somebody looks.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert

from ..report import Answer
from ..suppression import Cell
from .language import d3_locale, spoken
from .view import HOURS_MAX, PANEL
from .words import clock, reason, shown, weekday

WIDE_PX, NARROW_PX, BARS_PX = 960, 340, 390
KEPT = 256  # drawings
LABELS_WIDE, LABELS_NARROW = 14, 7  # under the columns, at most
PLAIN = {"visitors": "#1f6f5c", "passers_by": "#5fa08f", "devices_seen": "#8b97a8", "bar": "#1f6f5c"}  # without a sheet
GREY = "#77808c"
LETTER_PX = 7  # room for a letter of a label; the reader's font is not known here

Row = dict[str, str | float | None]


def panel_hours(answer: Answer, width_px: int = WIDE_PX) -> str:
    """Visitors and passers-by of the panel by the hour: two columns an hour."""
    cells = tuple(cell for cell in answer.cells if cell.series in PANEL)
    return _hours(cells, PANEL, width_px, 230 if width_px == WIDE_PX else 200, spoken())


def address_hours(answer: Answer, width_px: int = WIDE_PX) -> str:
    """Distinct addresses by the hour: small, because they are not people."""
    return _hours(
        tuple(cell for cell in answer.cells if cell.series == "devices_seen"),
        ("devices_seen",),
        width_px,
        110,
        spoken(),
    )


def bars(answer: Answer) -> str:
    """A lying bar for each cell, with its number at the end."""
    return _bars(tuple(answer.cells), answer.metric.unit, spoken())


@lru_cache(maxsize=KEPT)
def _hours(cells: tuple[Cell, ...], order: tuple[str, ...], width_px: int, height_px: int, _language: str) -> str:
    hours = list(dict.fromkeys(cell.cell for cell in cells))[-HOURS_MAX:]
    if not hours:
        return ""
    kept = [cell for cell in cells if cell.cell in hours]
    x = alt.X("hour:N", axis=_hour_axis(hours, width_px), scale=alt.Scale(domain=hours, paddingInner=0.25))
    top = max((cell.value or 0.0 for cell in kept), default=0.0)
    y = alt.Y("value:Q", axis=_count_axis(height_px), scale=alt.Scale(domain=[0, max(1.05 * top, 4.0)], nice=True))
    offset = alt.XOffset("series:N", scale=alt.Scale(domain=list(order), paddingInner=0.05))
    layers: list[alt.Chart] = []
    without = [hour for hour in hours if all(_no_data(cell) for cell in kept if cell.cell == hour)]
    if without:
        layers.append(chart([{"hour": hour} for hour in without], "gap").mark_rect(opacity=0.15).encode(x=x))
    for series in order:
        rows = [_row(cell) for cell in kept if cell.series == series and cell.value is not None]
        if rows:
            layers.append(chart(rows, series).mark_bar(color=PLAIN[series]).encode(x=x, y=y, xOffset=offset))
    layers += _signs([cell for cell in kept if cell.suppressed], len(order), x, offset)
    return drawn(alt.LayerChart(layer=layers), width_px, height_px)


def _signs(few: Sequence[Cell], series: int, x: alt.X, offset: alt.XOffset) -> Iterator[alt.Chart]:
    """A hollow sign where a number is suppressed: one a series, or one in the middle where all of an hour are."""
    times = Counter(cell.cell for cell in few)
    single = [_row(cell) for cell in few if times[cell.cell] < series]
    whole: list[Row] = [{"hour": hour} for hour, count in times.items() if count == series]
    for rows, name in ((single, "few"), (whole, "all_few")):
        if rows:
            signs = chart(rows, name).mark_point(shape="diamond", size=18, color=GREY, strokeWidth=1, yOffset=-7)
            placed = signs.encode(x=x, y=alt.value("height"))
            yield placed if name == "all_few" else placed.encode(xOffset=offset)


@lru_cache(maxsize=KEPT)
def _bars(cells: tuple[Cell, ...], unit: str, _language: str) -> str:
    labels = [reason(cell.cell) for cell in cells]
    room_px = LETTER_PX * max((len(label) for label in labels), default=0)
    rows: list[Row] = [
        {"label": label, "value": cell.value or 0.0, "shown": shown(cell, unit)}
        for label, cell in zip(labels, cells, strict=True)
    ]
    top = max((cell.value or 0.0 for cell in cells), default=0.0) or 1.0
    y = alt.Y(
        "label:N",
        sort=labels,
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelLimit=200, labelPadding=8, minExtent=room_px),
    )
    x = alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domain=[0, top * 1.3]))
    layers = [chart(rows, "bar").mark_bar(color=PLAIN["bar"], height=16).encode(x=x, y=y)]
    for name, wanted in (("number", False), ("few", True)):
        said = [row for row, cell in zip(rows, cells, strict=True) if cell.suppressed is wanted]
        if said:
            text = chart(said, name).mark_text(align="left", dx=6, fontSize=12, color=GREY)
            layers.append(text.encode(x=x, y=y, text="shown:N"))
    return drawn(alt.LayerChart(layer=layers), BARS_PX, 30 * len(cells) + 10) if cells else ""


def _row(cell: Cell) -> Row:
    return {"hour": cell.cell, "series": cell.series, "value": cell.value}


def _no_data(cell: Cell) -> bool:
    return cell.value is None and not cell.suppressed


def chart(rows: Sequence[Row], name: str) -> alt.Chart:
    """A layer of these rows; its name becomes the class of its marks."""
    return alt.Chart(alt.InlineData(values=list(rows)), name=name)


def _hour_axis(hours: Sequence[str], width_px: int) -> alt.Axis:
    """Labels under every first, second, third ... hour, on round hours; the day's name where a new day begins."""
    room = LABELS_WIDE if width_px == WIDE_PX else LABELS_NARROW
    every = next((step for step in (1, 2, 3, 4, 6, 12) if len(hours) <= step * room), 24)
    named = [hour for hour in hours if int(clock(hour)[:2]) % every == 0] or list(hours[:1])
    labels, day = {}, weekday(hours[0])
    for hour in named:
        labels[hour] = clock(hour)
        if weekday(hour) != day:
            day = weekday(hour)
            labels[hour] = day
    return alt.Axis(
        title=None,
        values=named,
        labelExpr=f"{json.dumps(labels)}[datum.value]",
        labelAngle=0,
        labelOverlap=False,
        ticks=False,
        labelPadding=6,
    )


def _count_axis(height_px: int) -> alt.Axis:
    return alt.Axis(
        title=None,
        format=",d",
        tickMinStep=1,
        tickCount=max(2, height_px // 50),
        domain=False,
        ticks=False,
        labelPadding=6,
    )


def drawn(layers: alt.LayerChart, width_px: int, height_px: int) -> str:
    """The drawing; hidden from screen readers, which get the table beside it."""
    spec: dict[str, Any] = (
        layers.properties(width=width_px, height=height_px, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(background="transparent", padding=4, font="sans-serif", aria=False)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=12, labelColor=GREY, gridColor=GREY, gridOpacity=0.25, domainColor=GREY)
        .to_dict()
    )
    svg = str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=[], format_locale=d3_locale()))
    return svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)
