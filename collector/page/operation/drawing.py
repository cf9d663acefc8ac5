"""The course of the intake as SVG, drawn on the server: messages a second, and bands where nobody looked. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from ...vitals.trend import Bin
from ..charts import NARROW_PX, WIDE_PX
from ..site.plot import PLAIN, Sheet, group

HEIGHT_PX = 190
TOP_MIN = 1.0
BIN_MS = 300_000
EVERY_WIDE, EVERY_NARROW = 12, 24  # bins between two labels: an hour, two hours

__all__ = ["NARROW_PX", "WIDE_PX", "course"]


def course(bins: Sequence[Bin], width_px: int = WIDE_PX) -> str:
    """Columns of settled messages, the refused among them in front. UTC."""
    top = max((one.settled_per_s or 0.0 for one in bins), default=0.0)
    sheet = Sheet(len(bins), max(top, TOP_MIN), width_px, HEIGHT_PX)
    every = EVERY_WIDE if width_px == WIDE_PX else EVERY_NARROW
    labels = [_clock(one.start_ms) if one.start_ms // BIN_MS % every == 0 else "" for one in bins]
    drawn = [sheet.gaps([place for place, one in enumerate(bins) if one.settled_per_s is None])]
    for name in ("settled", "refused"):
        columns = [
            sheet.column(place, value, PLAIN[name], left=0.08, wide=0.84)
            for place, one in enumerate(bins)
            if (value := getattr(one, f"{name}_per_s")) is not None
        ]
        drawn.append(group(name, columns))
    return sheet.svg(labels, drawn)


def _clock(start_ms: int) -> str:
    return f"{datetime.fromtimestamp(start_ms / 1000, UTC):%H:%M}"
