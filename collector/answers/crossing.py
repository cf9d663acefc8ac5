"""Who was at another site too, of all visitors: the panel's share, mended for visits that the other site missed."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from .. import flows
from ..flows import Estimate
from ..storage.engines import Engine
from ..suppression import Row, near, rounded
from .intervals import wilson
from .question import Question

DIGITS, EXPORT_DIGITS = 3, 2  # no more is told: the share in full over the panel's own would tell the factor in full

CROSSED = pa.schema(
    [
        ("site", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("group_size", pa.int64()),
    ]
)
STAYS_SQL = "SELECT site, span_s, looks FROM elsewhere WHERE looks IS NOT NULL ORDER BY site, start_ms, span_s, looks"


def crossed(engine: Engine, asked: Question, shares: Sequence[Row]) -> "pa.Table":
    """Rows of CROSSED, one for each of `shares`, the rows of the metric intersections.

    It rests on the groups that those rest on. No value where these are too few, or where the other site has too few
    visits to say how many it misses. It is made of what is released of the panel's share, rounded as that is.
    """
    _, heard = engine.rows(STAYS_SQL)
    by_site: dict[str, list[tuple[float, float]]] = {}
    for site, span_s, looks in heard:
        by_site.setdefault(site, []).append((float(span_s), float(looks)))
    shortest_s = {site.name: float(site.visit_min_s) for site in asked.sites}
    rows = []
    for row in shares:
        found = None
        if (row.group_size or 0) >= asked.minimum:
            stays = np.array(by_site.get(row.cell, []), dtype=np.float64).reshape(-1, 2)
            found = _mended(row, flows.Stays(stays[:, 0], stays[:, 1], shortest_s[row.cell]), asked.audience.round_to)
        value, low, high = (None, None, None) if found is None else (found.value, found.low, found.high)
        rows.append({"site": row.cell, "value": value, "low": low, "high": high, "group_size": row.group_size})
    return pa.Table.from_pylist(rows, schema=CROSSED)


def _mended(row: Row, there: flows.Stays, round_to: int) -> Estimate | None:
    stayed, share = flows.dwell(there), rounded(row, round_to, counts=False)
    if stayed is None or share is None or not row.of:
        return None
    found = flows.mended(Estimate(share, *wilson(share, near(row.of, round_to))), stayed.missed)
    digits = DIGITS if round_to == 1 else EXPORT_DIGITS
    return Estimate(*(round(end, digits) for end in (found.value, found.low, found.high)))
