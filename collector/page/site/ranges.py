"""Ranges: which days somebody asks about, by a question in the address, and which days these are compared with. Pure.

A day is the tenant's business day (it turns at night, 04:00 by default), so a range never cuts the time that a token
lasts. Only whole days, weeks (from Monday) and months that have ended are questions to the store, each always the
same one; every other range is added up from hours that the page shows to everybody. So no choice of dates tells more
than the days do. See docs/decisions/066-a-range-is-no-new-question.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from ... import calendar
from ...records.registry import Tenant
from .. import language
from ..given import Unclear
from ..language import gettext as _

DAY, WEEK, MONTH, FREE = "day", "week", "month", "free"
KINDS = (DAY, WEEK, MONTH, FREE)
DAYS_MAX = 62  # of a range of one's own: longer ones are for months and reports
YEARS = (2000, 2999)


@dataclass(frozen=True, slots=True)
class Range:
    """Days from `first` to `last`, both included."""

    kind: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def span(self, tenant: Tenant) -> calendar.Span:
        """Its time: from the turn that begins its first day to the one that ends its last."""
        first, last = (
            calendar.day_named(day.isoformat(), tenant.time_zone, tenant.epoch_turn_h)
            for day in (self.first, self.last)
        )
        return calendar.Span(self.kind, first.start_ms, last.end_ms)

    def before(self) -> "Range":
        """What it is compared with: the month before, else the same days of the week so many whole weeks earlier."""
        if self.kind == MONTH:
            return month_of(self.first - timedelta(days=1))
        back = timedelta(days=self.weeks_back * 7)
        return Range(self.kind, self.first - back, self.last - back)

    @property
    def weeks_back(self) -> int:
        """How many whole weeks it is moved back by, so that it does not overlap itself."""
        return -(-self.days // 7)

    def moved(self, by: int) -> "Range":
        """The next range of its kind (1), or the last (-1)."""
        if self.kind == MONTH:
            return month_of(self.last + timedelta(days=1) if by > 0 else self.first - timedelta(days=1))
        step = timedelta(days=self.days * by)
        return Range(self.kind, self.first + step, self.last + step)

    def query(self) -> dict[str, str]:
        """It as the question of an address; without words such as today, so that a link means the same tomorrow."""
        if self.kind == FREE:
            return {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return {self.kind: self.first.isoformat()[: 7 if self.kind == MONTH else 10]}

    def said(self) -> str:
        """It in words."""
        if self.kind == MONTH:
            return language.month(self.first)
        if self.first == self.last:
            return language.date_long(self.first)
        return _("%(first)s to %(last)s") % {
            "first": language.date_short(self.first),
            "last": language.date_short(self.last),
        }


def day_of(day: date) -> Range:
    """One day."""
    return Range(DAY, day, day)


def week_of(day: date) -> Range:
    """The week that a day lies in, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Range(WEEK, monday, monday + timedelta(days=6))


def month_of(day: date) -> Range:
    """The month that a day lies in."""
    first = day.replace(day=1)
    return Range(MONTH, first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def today(tenant: Tenant, now_ms: int) -> date:
    """The business day now."""
    return date.fromisoformat(calendar.day_of(now_ms, tenant.time_zone, tenant.epoch_turn_h).name)


def asked(query: Mapping[str, str]) -> Range | None:
    """The range that an address asks for: day=, week= (any of its days), month=, or from= and to=. None: none.

    Raises QueryError where it is no date, or too long.
    """
    if said := query.get(DAY):
        return day_of(_date(said))
    if said := query.get(WEEK):
        return week_of(_date(said))
    if said := query.get(MONTH):
        return month_of(_date(f"{said}-01" if len(said) == 7 else said))
    begins, ends = query.get("from"), query.get("to")
    if not begins and not ends:
        return None
    first, last = _date(begins or ends or ""), _date(ends or begins or "")
    if last < first:
        raise Unclear(_("the last day lies before the first; choose them the other way round"))
    if first == last:
        return day_of(first)
    chosen = Range(FREE, first, last)
    if chosen.days > DAYS_MAX:
        raise Unclear(_("a range has at most %(count)d days; choose a month, or fewer days") % {"count": DAYS_MAX})
    return next((one for one in (week_of(first), month_of(first)) if (one.first, one.last) == (first, last)), chosen)


def _date(said: str) -> date:
    try:
        found = date.fromisoformat(said)
    except ValueError:
        found = None
    if found is None or len(said) != 10 or not YEARS[0] <= found.year <= YEARS[1]:
        raise Unclear(_("this is no date; a day is written as 2026-03-02, a month as 2026-03"))
    return found
