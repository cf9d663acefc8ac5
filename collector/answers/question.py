"""Questions: which site, which time, to whom the answer goes; and the tables that are asked beside the stored ones."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa

from .. import calendar, flows
from ..errors import QueryError
from ..records.registry import Site, Tenant
from ..suppression import MINIMUM_GROUP

QUARTER_MS = 15 * 60 * 1000
DAYS_MAX = 400  # in one question

LEVELS = pa.schema(  # people estimated to be present, mean of a time; part: inside or outside
    [
        ("site", pa.string()),
        ("part", pa.string()),
        ("start_ms", pa.int64()),
        ("end_ms", pa.int64()),
        ("people", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
    ]
)
PRESENT = pa.schema(  # people estimated to be present; peak: the most of any ten minutes of that time
    [
        ("series", pa.string()),
        ("cell", pa.string()),
        ("start_ms", pa.int64()),
        ("people", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("peak", pa.float64()),
    ]
)
TRANSACTIONS = pa.schema([("start_ms", pa.int64()), ("transactions", pa.int64())])


@dataclass(frozen=True, slots=True)
class Audience:
    """To whom numbers go. Each has a minimum group, a rounding of counts, and a memory of what it was told."""

    name: str
    minimum_group: int
    round_to: int


PAGE = Audience("page", MINIMUM_GROUP, 1)
OPERATOR = Audience("operator", MINIMUM_GROUP, 1)
EXPORT = Audience("export", 2 * MINIMUM_GROUP, 5)


@dataclass(frozen=True, slots=True)
class Question:
    """Which site, and which time (UTC). hours: only these of each day, local HH:MM from and to.

    levels, present: rows of LEVELS and PRESENT, empty where nobody estimates; transactions: rows of TRANSACTIONS.
    """

    tenant: Tenant
    site: Site
    sensors: int  # of the site, for the planned time
    span: calendar.Span
    hours: tuple[str, str] | None = None
    audience: Audience = PAGE
    sites: tuple[Site, ...] = ()  # of the tenant, for what happens between sites
    zones: tuple[tuple[str, str], ...] = ()  # (sensor, zone) of the site
    levels: "pa.Table" = field(default_factory=LEVELS.empty_table)
    present: "pa.Table" = field(default_factory=PRESENT.empty_table)
    beside: frozenset[tuple[str, str]] = (
        frozenset()
    )  # of `present`, (series, cell): decide what is withheld, are not shown
    transactions: "pa.Table" = field(default_factory=TRANSACTIONS.empty_table)
    rates: flows.Rates = field(default_factory=flows.prior)  # what one visitor shows, see collector/flows

    @property
    def minimum(self) -> int:
        """The smallest group that may be shown."""
        return max(self.tenant.minimum_group, self.audience.minimum_group)

    @property
    def asked(self) -> list[calendar.Span]:
        """The times that it is about, in order."""
        if self.hours is None:
            return [self.span]
        return calendar.opening(self.span, self.site.time_zone, *self.hours)

    def days(self) -> list[calendar.Span]:
        """The business days that its answer rests on: from the begin of the first epoch it touches.

        Raises QueryError beyond DAYS_MAX.
        """
        tenant, span = self.tenant, self.span
        begins = calendar.epoch_of(span.start_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days)
        reach = calendar.Span(span.name, begins.start_ms, span.end_ms)
        found = []
        for day in calendar.days(reach, tenant.time_zone, tenant.epoch_turn_h):
            found.append(day)
            if len(found) > DAYS_MAX:
                raise QueryError(f"a question covers at most {DAYS_MAX} days; ask for less")
        return found

    def before(self, count: int) -> list[str]:
        """The names of so many business days before the time asked for."""
        tenant = self.tenant
        first = calendar.day_of(self.span.start_ms, tenant.time_zone, tenant.epoch_turn_h)
        return [(date.fromisoformat(first.name) - timedelta(days=n)).isoformat() for n in range(count, 0, -1)]

    def open(self) -> list[calendar.Span]:
        """When the site is open in the times asked for."""
        site = self.site
        return [open_ for one in self.asked for open_ in calendar.opening(one, site.time_zone, site.opens, site.closes)]


def spans(found: list[calendar.Span]) -> "pa.Table":
    """Times as a table (name, start_ms, end_ms)."""
    return pa.table(
        {
            "name": pa.array([one.name for one in found], pa.string()),
            "start_ms": pa.array([one.start_ms for one in found], pa.int64()),
            "end_ms": pa.array([one.end_ms for one in found], pa.int64()),
        }
    )


def hours(question: Question) -> "pa.Table":
    """The hours of the times asked for (name, start_ms, end_ms, hour_of_day, weekday), in the site's own time."""
    place = calendar.zone(question.site.time_zone)
    found = [hour for one in question.asked for hour in calendar.hours(one, question.site.time_zone)]
    local = [datetime.fromtimestamp(hour.start_ms / 1000, tz=place) for hour in found]
    return (
        spans(found)
        .append_column("hour_of_day", pa.array([one.hour for one in local], pa.int32()))
        .append_column("weekday", pa.array([one.weekday() for one in local], pa.int32()))
    )


def quarters(hours: "pa.Table") -> "pa.Table":
    """The same hours, a row for each quarter of an hour (UTC, counted from 1970) that one has a part of.

    What happens at an instant finds its hour by an equal number, the quarter, and not by looking at every hour.
    """
    start, end = (hours[name].to_numpy() for name in ("start_ms", "end_ms"))
    first = start // QUARTER_MS
    many = -(-end // QUARTER_MS) - first
    of = np.repeat(np.arange(len(first)), many)
    place = np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)
    return hours.take(pa.array(of)).append_column("quarter", pa.array(first[of] + place, pa.int64()))


def days(question: Question, ended: set[str]) -> "pa.Table":
    """Its business days (name, start_ms, end_ms, day, epoch). ended: those whose tokens have gone."""
    found, tenant = question.days(), question.tenant
    epochs = [
        day.name
        if day.name in ended
        else calendar.epoch_of(day.start_ms, tenant.time_zone, tenant.epoch_turn_h, tenant.epoch_days).name
        for day in found
    ]
    names = pa.array([day.name for day in found], pa.string())
    return spans(found).append_column("day", names).append_column("epoch", pa.array(epochs, pa.string()))


def others(question: Question) -> "pa.Table":
    """The tenant's other sites (site)."""
    names = [site.name for site in question.sites if site.name != question.site.name]
    return pa.table({"site": pa.array(names, pa.string())})


def place(question: Question, engaged_s: int) -> "pa.Table":
    """The row `place`."""
    planned_ms = sum(one.end_ms - one.start_ms for one in question.open())
    site = question.site
    return pa.table(
        {
            "site": [site.name],
            "bounce_ms": [site.bounce_s * 1000],
            "engaged_ms": [engaged_s * 1000],
            "visit_min_ms": [site.visit_min_s * 1000],
            "planned_ms": [max(1, planned_ms * max(1, question.sensors))],
            "sensors": [max(1, question.sensors)],
            "minimum_group": [question.minimum],
        }
    )
