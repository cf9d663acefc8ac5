"""The hours of many sites, in one go: exactly those that the page of each site shows to everybody.

Whether an hour is shown hangs on the hours of its own day alone (parts: day), so the hours of a few days can be asked
for without the rest, and nothing is told that a site's page does not tell. Only the days that such a page reaches back
to (heard.DAYS_SHOWN) are among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from .. import calendar
from ..answers import question
from ..answers.heard import DAYS_SHOWN
from ..answers.question import Audience, Question
from ..answers.tables import VISITS_SCHEMA
from ..metrics import metric, sql_text
from ..records.registry import Site, Tenant
from ..stays import fold
from ..stays.turn import STAYS_SCHEMA
from ..storage import engines
from ..storage.store import OPEN_STAYS, STAYS, VISITS, WINDOWS, Store
from ..suppression import Cell, Row, release

COUNTED = ("visitors", "passers_by")
MADE = (("visits", "asked_visits"), ("windows", "asked_windows"))


@dataclass(frozen=True, slots=True)
class Heard:
    """An hour of a site that somebody listened to, with its released cells by series."""

    name: str  # 2026-03-02T10:00+01:00
    start_ms: int
    cells: Mapping[str, Cell]
    heard_ms: int  # of all sensors together, while the site was open


def asked(
    store: Store, tenant: Tenant, sites: Sequence[Site], span: calendar.Span, audience: Audience
) -> dict[str, list[Heard]]:
    """The hours, by site, of every local day that `span` touches. Sites of which nothing was heard are left out.

    The days must have been folded (fold.refresh).
    """
    stored = store.manifest.days(tenant.name, WINDOWS)[-DAYS_SHOWN:]
    found: dict[str, list[Heard]] = {}
    for zone in dict.fromkeys(site.time_zone for site in sites):
        those = [site for site in sites if site.time_zone == zone]
        found |= _of_zone(store, tenant, those, _whole_days(span, zone), stored, audience)
    return found


def _whole_days(span: calendar.Span, zone_name: str) -> calendar.Span:
    """From the midnight before to the midnight after, by the clock of the place."""
    place = calendar.zone(zone_name)
    ends = [datetime.fromtimestamp(at_ms / 1000, tz=place).date() for at_ms in (span.start_ms, span.end_ms - 1)]
    first, last = (calendar.day_named(day.isoformat(), zone_name, 0) for day in ends)
    return calendar.Span(span.name, first.start_ms, last.end_ms)


def _of_zone(
    store: Store,
    tenant: Tenant,
    sites: Sequence[Site],
    span: calendar.Span,
    stored: Sequence[str],
    audience: Audience,
) -> dict[str, list[Heard]]:
    if not stored:
        return {}
    known = calendar.Span("", _day(tenant, stored[0]).start_ms, _day(tenant, stored[-1]).end_ms)
    span = calendar.Span(span.name, max(span.start_ms, known.start_ms), min(span.end_ms, known.end_ms))
    if span.start_ms >= span.end_ms:
        return {}
    about = Question(tenant, sites[0], 0, span, audience=audience)
    days = [day for day in _judged_days(about) if day.name <= stored[-1]]
    names = [day.name for day in days]
    files = {kind: store.manifest.files(tenant.name, kind, names) for kind in (WINDOWS, STAYS, OPEN_STAYS, VISITS)}
    if not files[WINDOWS]:
        return {}
    engine = engines.open_engine(engines.DUCKDB, store, sum(file.rows for some in files.values() for file in some))
    try:
        whole = calendar.Span("", days[0].start_ms, days[-1].end_ms)
        engine.read("all_windows", files[WINDOWS], pa.schema([]))
        engine.read("stays", [*files[STAYS], *files[OPEN_STAYS]], STAYS_SCHEMA)
        engine.read("kept", files[VISITS], VISITS_SCHEMA)
        engine.give("days", question.days(about, {file.day for file in files[VISITS]}))
        engine.give("quarters", question.quarters(question.hours(about)))
        for name, table in fold.judged_by(sites, whole).items():
            engine.give(name, table)
        engine.view("place", "SELECT site FROM places")
        if files[STAYS] or files[OPEN_STAYS]:
            engine.make("visits_judged", sql_text("judge"))
        else:
            engine.give("visits_judged", VISITS_SCHEMA.empty_table())
        engine.view("site_stays", sql_text("site_stays"))
        for name, made_by in MADE:
            engine.make(name, sql_text(made_by))
        _, rows = engine.rows(sql_text("site_hours"))
    finally:
        engine.close()
    return _released(rows, about)


def _day(tenant: Tenant, name: str) -> calendar.Span:
    return calendar.day_named(name, tenant.time_zone, tenant.epoch_turn_h)


def _judged_days(about: Question) -> list[calendar.Span]:
    """All days of the epochs touched: who works there is told by what somebody did on each of them."""
    tenant, span = about.tenant, about.span
    last = calendar.epoch_of(span.end_ms - 1, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
    return replace(about, span=calendar.Span("", span.start_ms, last.end_ms)).days()


def _released(rows: Sequence[tuple[Any, ...]], about: Question) -> dict[str, list[Heard]]:
    """Rows of metrics/site_hours.sql, each count as the query layer lets it out of a site's own hours."""
    hourly = metric("hourly")
    by_site: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        by_site.setdefault(row[0], []).append(row)
    found: dict[str, list[Heard]] = {}
    for site, those in by_site.items():
        cells: dict[str, dict[str, Cell]] = {row[1]: {} for row in those}
        for place, series in enumerate(COUNTED, start=2):
            counts = [Row(series, row[1], float(row[place]), int(row[place])) for row in those]
            round_to = about.audience.round_to
            for cell in release(counts, about.minimum, hourly.parts, round_to, hourly.counts, hourly.parts_by_day):
                cells[cell.cell][series] = cell
        hours = [Heard(row[1], _start_ms(row[1]), cells[row[1]], int(row[4])) for row in those]
        found[site] = sorted(hours, key=lambda hour: hour.start_ms)
    return found


def _start_ms(name: str) -> int:
    return int(datetime.fromisoformat(name).timestamp() * 1000)
