"""All people of a question: what flows are estimated from, asked of an engine, and the estimates as a table."""

from collections.abc import Sequence
from math import exp

import numpy as np
import pyarrow as pa

from .. import flows
from ..flows import Estimate, Flows
from ..flows.interval import Z90
from ..metrics import sql_text
from ..storage.engines import Engine
from ..suppression import near
from .question import Question

SHARE_DIGITS = 2  # of an export's entry rate

FLOWED = pa.schema(
    [
        ("place", pa.int32()),  # order
        ("series", pa.string()),
        ("cell", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("group_size", pa.int64()),
    ]
)
GROUPS_SQL = """
SELECT count(DISTINCT CASE WHEN outcome = 'visit' THEN token END) AS visitors,
    count(DISTINCT CASE WHEN outcome = 'passer_by' THEN token END) AS passers_by
FROM visits
"""
STAYS_SQL = """
SELECT (inside_end_ms - inside_start_ms) / 1000.0 AS span_s, looks FROM visits
WHERE outcome IN ('visit', 'passer_by') AND looks IS NOT NULL AND inside_end_ms - inside_start_ms >= {visit_min_ms}
ORDER BY start_ms, span_s
"""


RECENT_SQL = """
SELECT (v.inside_end_ms - v.inside_start_ms) / 1000.0 AS span_s, v.looks
FROM recent AS v JOIN place AS p ON p.site = v.site
WHERE v.outcome IN ('visit', 'passer_by') AND v.looks IS NOT NULL
    AND v.inside_end_ms - v.inside_start_ms >= {visit_min_ms}
ORDER BY v.start_ms, span_s
"""
RECENT_DAYS = 7  # before the time asked for: each weekday once


def flow_input(engine: Engine, asked: Question) -> tuple[flows.Stays, list[flows.Hour]]:
    """What flows are estimated from: the panel's visits, and hour by hour what was heard. Never shown.

    Visits are those of the minute inside (visit_min_s), whatever a site's classifier says: their law is cut there.
    """
    stays = _stays(engine, asked, STAYS_SQL)
    _, hours = engine.rows(sql_text("flow_hours"))
    return stays, [flows.Hour(int(row[1]), float(row[2]), *map(int, row[3:])) for row in hours]


def _stays(engine: Engine, asked: Question, sql: str) -> flows.Stays:
    _, visits = engine.rows(sql.format(visit_min_ms=1000 * asked.site.visit_min_s))
    shape = np.array(visits, dtype=np.float64).reshape(-1, 2)
    return flows.Stays(shape[:, 0], shape[:, 1], float(asked.site.visit_min_s))


def flowed(engine: Engine, asked: Question) -> "pa.Table":
    """Rows of FLOWED; none where the panel has too few visits to say how long they are.

    What leaves the house is rounded as counts are: an exact estimate would tell the panel's exact count.
    """
    stays, hours = flow_input(engine, asked)
    found = flows.estimate(stays, hours, asked.rates, _stays(engine, asked, RECENT_SQL))
    if found is None:
        return FLOWED.empty_table()
    ((visitors, passers),) = engine.rows(GROUPS_SQL)[1]
    # The fewer of those it rests on and those it tells of.
    of_visitors, of_passers = min(visitors, int(found.visitors.value)), min(passers, int(found.passers_by.value))
    ways = [("by_level", found.by_level), ("by_panel", found.by_panel), ("by_people", _by_people(asked, found))]
    rows = [
        ("", "visitors", found.visitors, of_visitors),
        ("", "passers_by", found.passers_by, of_passers),
        ("", "entry_rate", found.entry_rate, min(of_visitors, of_passers)),
        ("", "stay_median", found.stay, of_visitors),
        *((name, "visitors", one, min(visitors, int(one.value))) for name, one in ways if one is not None),
    ]
    return _table(rows, asked.audience.round_to)


def _by_people(asked: Question, found: Flows) -> Estimate | None:
    """People present over the mean stay (Little's law); staff are among them. None where nobody estimates people."""
    levels = asked.levels.filter(pa.array([part == "inside" for part in asked.levels["part"].to_pylist()], pa.bool_()))
    if not levels.num_rows:
        return None
    lasted_s = (levels["end_ms"].to_numpy() - levels["start_ms"].to_numpy()) / 1000
    middle, low, high = (float(levels[name].to_numpy() @ lasted_s) for name in ("people", "low", "high"))
    half = exp(Z90 * found.dwell.log_sd)
    stay_s = found.dwell.mean_s
    return Estimate(middle / stay_s, low / stay_s / half, high / stay_s * half)


def _table(rows: Sequence[tuple[str, str, Estimate, int]], round_to: int) -> "pa.Table":
    table = []
    for place, (series, cell, one, group) in enumerate(rows):
        ends = [one.value, one.low, one.high]
        if round_to > 1:
            ends = [round(end, SHARE_DIGITS) if cell == "entry_rate" else near(end, round_to) for end in ends]
        named = dict(zip(("value", "low", "high"), ends, strict=True))
        table.append({"place": place, "series": series, "cell": cell, "group_size": int(group)} | named)
    return pa.Table.from_pylist(table, schema=FLOWED)
