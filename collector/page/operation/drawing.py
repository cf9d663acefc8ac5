"""The course of the intake as SVG, drawn on the server: messages a second, and bands where nobody looked.

Importing this module takes some 50 MB and drawing some 80 MB more: do it when somebody looks.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import altair as alt

from ...trend import Bin
from ..charts import GREY, WIDE_PX, Row, chart, drawn

HEIGHT_PX = 190
PLAIN = {"settled": "#1f6f5c", "refused": "#9a5b00"}  # without a sheet


def course(bins: Sequence[Bin], width_px: int = WIDE_PX) -> str:
    """Columns of settled messages, the refused among them in front. UTC."""
    spans = [_clock(one.start_ms) for one in bins]
    every = 12 if width_px == WIDE_PX else 24
    named = [name for one, name in zip(bins, spans, strict=True) if one.start_ms // 300_000 % every == 0]
    axis = alt.Axis(title=None, values=named, labelAngle=0, ticks=False, labelPadding=6)
    x = alt.X("span:N", axis=axis, scale=alt.Scale(domain=spans, paddingInner=0.15))
    top = max((one.settled_per_s or 0.0 for one in bins), default=0.0)
    counts = alt.Axis(title=None, tickCount=4, domain=False, ticks=False, labelPadding=6)
    y = alt.Y("value:Q", axis=counts, scale=alt.Scale(domain=[0, max(1.05 * top, 1.0)], nice=True))
    layers: list[Any] = []
    gaps: list[Row] = [{"span": name} for one, name in zip(bins, spans, strict=True) if one.settled_per_s is None]
    if gaps:
        layers.append(chart(gaps, "gap").mark_rect(opacity=0.15, color=GREY).encode(x=x))
    for name in ("settled", "refused"):
        rows: list[Row] = [
            {"span": span, "value": value}
            for one, span in zip(bins, spans, strict=True)
            if (value := getattr(one, f"{name}_per_s")) is not None
        ]
        if rows:
            layers.append(chart(rows, name).mark_bar(color=PLAIN[name]).encode(x=x, y=y))
    return drawn(alt.LayerChart(layer=layers), width_px, HEIGHT_PX)


def _clock(start_ms: int) -> str:
    return f"{datetime.fromtimestamp(start_ms / 1000, UTC):%H:%M}"
