"""The people of a site, from what is stored: signs, windows and counts by hand become tables for metrics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from .. import calendar
from ..answers.question import LEVELS, PRESENT
from ..records.registry import Site, Tenant
from ..storage.desk import desk
from ..storage.manifest import StoredFile
from ..storage.store import SIGNS, WINDOWS, Store
from . import basis, belief, kept, levelling, people, rates, signs
from .basis import Basis
from .calibrations import Calibration
from .levelling import Shown
from .people import Array, Day, People
from .rates import Rates
from .signs import BELOW_INSIDE_DB, LEVELS_DBM, STEP_MS, Signs

NORMAL_90 = 1.645  # standard deviations from the mean to either end of a normal 90 % interval
WINDOWS_KEPT = 16  # of eight weeks before; a page of many sites asks for one, 66 sites make 20,000 numbers of it
STEPS_SHOWN_DAYS = 2  # a longer time is shown by hours and days only
LISTENED_SQL = """
SELECT start_ms - start_ms % 600000 AS step_ms, sum(listened) AS ms
FROM (SELECT start_ms, max(length_ms) AS listened FROM windows WHERE site = ? GROUP BY start_ms)
GROUP BY step_ms
"""


@dataclass(frozen=True, slots=True)
class Estimated:
    """People of a site and time: rows of question.LEVELS and question.PRESENT, and what they rest on."""

    levels: "pa.Table"
    present: "pa.Table"
    beside: frozenset[tuple[str, str]]  # see question.Question
    basis: Basis


def level_dbm(site: Site) -> int:
    """The level at which a site's signs are read: the nearest that is kept to its inside level less BELOW_INSIDE_DB."""
    return min(LEVELS_DBM, key=lambda level: abs(level - (site.inside_dbm - BELOW_INSIDE_DB)))


def heard(store: Store, tenant: Tenant, site: Site, days: Sequence[calendar.Span]) -> list[Signs]:
    """The signs of a site on business days, those without any window left out. All days are read at once."""
    names = [day.name for day in days]
    windows, counted = (store.manifest.files(tenant.name, kind, names) for kind in (WINDOWS, SIGNS))
    if not windows or not counted:
        return []
    level = level_dbm(site)
    with desk(0) as connection:
        store.read(connection, windows).create_view("windows")
        listened = {int(step): int(ms) for step, ms in connection.execute(LISTENED_SQL, [site.name]).fetchall()}
        store.read(connection, counted).create_view("signs")
        asked = "SELECT * FROM signs WHERE site = ? AND level_dbm = ? ORDER BY start_ms"
        rows = connection.sql(asked, params=[site.name, level]).to_arrow_table()
    made = {file.day for file in counted}
    starts = rows["start_ms"].to_numpy()
    found = []
    for day in days:
        mine = {step: ms for step, ms in listened.items() if day.start_ms <= step < day.end_ms}
        if not mine or day.name not in made:
            continue
        first, last = np.searchsorted(starts, [day.start_ms, day.end_ms]).tolist()
        begin, end = min(mine), min(day.end_ms, max(mine) + STEP_MS)
        one = signs.spread(rows.slice(first, last - first), level, mine, begin, end)
        if len(one):
            found.append(one)
    return found


def rates_of(site: Site, counted: Sequence[Calibration]) -> dict[str, tuple[float, float, float]]:
    """Signs a person in ten minutes and the 90 % interval of that (middle, low, high), by stream."""
    fitted = rates.calibrate([one.counted(site) for one in counted])
    half = NORMAL_90 * np.sqrt(fitted.variance)
    ends = np.exp(np.stack([fitted.log_rate, fitted.log_rate - half, fitted.log_rate + half]))
    return {
        name: (float(ends[0, stream]), float(ends[1, stream]), float(ends[2, stream]))
        for stream, name in enumerate(belief.STREAMS)
    }


def estimate(
    store: Store,
    tenant: Tenant,
    site: Site,
    days: Sequence[calendar.Span],
    span: calendar.Span,
    counted: Sequence[Calibration],
) -> Estimated:
    """The people of a site in `span`, which lies within these business days."""
    counts = [one.counted(site) for one in counted]
    fitted = rates.calibrate(counts)
    known = kept.read(store, tenant.name, site.name, [day.name for day in days])
    found = [
        people.estimate(one, learnt, known.get(kept.digest(one, learnt)))
        for one, learnt in rated(store, tenant, site, days, fitted)
    ]
    return Estimated(_levels(site, found, span), *_present(site, found, span), basis.of(found, fitted, counts))


def rated(
    store: Store, tenant: Tenant, site: Site, days: Sequence[calendar.Span], fitted: Rates
) -> list[tuple[Signs, Rates]]:
    """The signs of a site on business days, each with the rates as known on that day. fitted: by counts alone."""
    before = _shown_before(store, tenant, site, days, fitted)
    found = []
    for one in heard(store, tenant, site, days):
        day = calendar.day_of(int(one.start_ms[0]), tenant.time_zone, tenant.epoch_turn_h)
        found.append((one, levelling.levelled(fitted, rates.numbered(day.name), before)))
    return found


def times_of(site: Site, one: Signs) -> tuple[calendar.Span, list[calendar.Span]]:
    """What is shown of a day: all that was heard of it, and the hours of that."""
    whole = calendar.Span("", int(one.start_ms[0]), int(one.start_ms[-1]) + STEP_MS)
    return whole, list(calendar.hours(whole, site.time_zone))


def _shown_before(
    store: Store, tenant: Tenant, site: Site, days: Sequence[calendar.Span], fitted: Rates
) -> list[Shown]:
    """What the days before each of these show of the ratio of the two signs, as far back as it is asked."""
    if not days:
        return []
    names = levelling.days_before(days[0].name, days[-1].name)
    of_sites = _shown(store, tenant, tuple(store.manifest.files(tenant.name, SIGNS, names)))
    return [one for one in of_sites.get((site.name, level_dbm(site)), ()) if one.day > fitted.day]


@lru_cache(maxsize=WINDOWS_KEPT)
def _shown(store: Store, tenant: Tenant, files: tuple[StoredFile, ...]) -> dict[tuple[str, int], list[Shown]]:
    """What the days of these files show, by site and level: of all sites at once, since a page asks for many."""
    if not files:
        return {}
    spans = [calendar.day_named(file.day, tenant.time_zone, tenant.epoch_turn_h) for file in files]
    with desk(0) as connection:
        store.read(connection, files).create_view("signs")
        days = pa.table({"name": [span.name for span in spans], "start_ms": [span.start_ms for span in spans]})
        connection.register("days", days)
        rows = connection.sql(levelling.SHOWN_SQL).fetchall()
        connection.unregister("days")
    found: dict[tuple[str, int], list[Shown]] = {}
    for name, level, day, lasting, phones in rows:
        one = levelling.shown(rates.numbered(day), lasting, phones)
        if one is not None:
            found.setdefault((name, level), []).append(one)
    return found


def _levels(site: Site, days: Sequence[Day], span: calendar.Span) -> "pa.Table":
    """The steps of the time, all of them inside: what passes outside is not estimated."""
    parts = []
    for day in days:
        starts = day.signs.start_ms
        wanted = day.signs.listened & (starts >= span.start_ms) & (starts + STEP_MS <= span.end_ms)
        low, middle, high = day.steps()[:, wanted]
        parts.append(
            pa.table(
                {
                    "site": pa.array([site.name] * int(wanted.sum()), pa.string()),
                    "part": pa.array(["inside"] * int(wanted.sum()), pa.string()),
                    "start_ms": starts[wanted],
                    "end_ms": starts[wanted] + STEP_MS,
                    "people": middle,
                    "low": low,
                    "high": high,
                },
                schema=LEVELS,
            )
        )
    return pa.concat_tables([LEVELS.empty_table(), *parts])


def _present(site: Site, days: Sequence[Day], span: calendar.Span) -> tuple["pa.Table", frozenset[tuple[str, str]]]:
    """Rows of PRESENT, of whole days: each hour, each day, and where the time is short each ten minutes of its hours.

    And those of them that do not lie in the time, (series, cell). They decide with the others what must be withheld: so
    a cell is the same, and withheld or not, whatever time was asked for, and no two answers can be subtracted.
    """
    place = calendar.zone(site.time_zone)
    rows: list[tuple[str, str, People, float]] = []
    beside: set[tuple[str, str]] = set()
    short = span.end_ms - span.start_ms <= STEPS_SHOWN_DAYS * 24 * calendar.HOUR_MS
    for day in days:
        heard_of, hours = times_of(site, day.signs)
        whole, *means = day.means([(one.start_ms, one.end_ms) for one in (heard_of, *hours)], STEP_MS)
        if whole is None:
            continue
        steps = day.steps()
        name = datetime.fromtimestamp(heard_of.start_ms / 1000, tz=place).date().isoformat()
        found = [("day", name, whole, _peak(day, steps, whole))]
        for hour, mean in zip(hours, means, strict=True):
            if mean is None:
                continue
            found.append((name, hour.name, mean, _peak(day, steps, mean)))
            if not short or hour.end_ms <= span.start_ms or hour.start_ms >= span.end_ms:
                continue
            for number in _within(day, hour.start_ms, hour.end_ms):
                start = int(day.signs.start_ms[number])
                low, middle, high = map(float, steps[:, number])
                local = datetime.fromtimestamp(start / 1000, tz=place).isoformat(timespec="minutes")
                found.append((hour.name, local, People(start, start + STEP_MS, middle, low, high), middle))
        beside |= {row[:2] for row in found if not _lies_in(day, row[2], span)}
        rows += found
    table = pa.table(
        {
            "series": [row[0] for row in rows],
            "cell": [row[1] for row in rows],
            "start_ms": [row[2].start_ms for row in rows],
            "people": [row[2].people for row in rows],
            "low": [row[2].low for row in rows],
            "high": [row[2].high for row in rows],
            "peak": [row[3] for row in rows],
        },
        schema=PRESENT,
    )
    return table, frozenset(beside)


def _lies_in(day: Day, of_time: People, span: calendar.Span) -> bool:
    """Whether what was heard of a time lies in another, but for a part of a step at either end."""
    heard = day.signs.start_ms[_within(day, of_time.start_ms, of_time.end_ms)]
    return bool(heard[0] + STEP_MS > span.start_ms and heard[-1] < span.end_ms)


def _within(day: Day, start_ms: int, end_ms: int) -> "np.ndarray[Any, np.dtype[np.intp]]":
    """The steps in a time that were listened to."""
    starts = day.signs.start_ms
    return np.flatnonzero(day.signs.listened & (starts >= start_ms) & (starts + STEP_MS <= end_ms))


def _peak(day: Day, steps: Array, of_time: People) -> float:
    """The most people of any ten minutes of a time: at least so many it rests on."""
    return float(np.max(steps[1][_within(day, of_time.start_ms, of_time.end_ms)]))
