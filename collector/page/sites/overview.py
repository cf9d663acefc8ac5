"""The overview as values: which time, which sites, their lines, and who was at two of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ... import calendar
from ...answers.question import EXPORT, PAGE, Audience
from ...folder import Collector
from ...overview.hours import Heard
from ...overview.single import Single
from ...records.registry import Site, Tenant
from ...storage.store import WINDOWS
from ...suppression import Cell
from ..builder import Builder
from ..language import spoken
from ..sight import Sight
from ..site import matrix, ranges
from ..site.matrix import Matrix
from ..site.pages import earlier
from ..site.ranges import FREE, Range
from ..site.told import Telling
from ..visit import Visit
from . import rows
from .desk import Together
from .rows import Line

RUNNING_MS = 10_000  # so old the lines of a time that goes on may be, beside their numbers (desk.FRESH_S)
PAIRS_MAX = 20  # sites in the matrix: those with the most visitors


@dataclass(frozen=True, slots=True)
class Group:
    """The sites of one tenant."""

    tenant: Tenant
    lines: tuple[Line, ...]
    visitors: float | None
    passers_by: float | None
    pairs: Matrix | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All of it. asked: whether stays and other sites can be asked about; pending: numbers still being worked out."""

    chosen: Range
    before: Range
    today: date
    sort: str
    groups: tuple[Group, ...]
    asked: bool
    pending: bool
    running: bool
    chosen_here: bool  # by us, because nothing was said and nothing is known of today


class Overviews:
    """Overviews of one collector."""

    def __init__(self, collector: Collector, now_ms: Callable[[], int], builder: Builder) -> None:
        self._collector = collector
        self._now_ms = now_ms
        self._together = Together(collector, now_ms, builder)
        self._groups = Telling()

    def of(self, visit: Visit, query: Mapping[str, str], audience: Audience = PAGE) -> Overview:
        """The overview of what somebody may see. For an export hours alone, as they may leave.

        Raises QueryError: no such range.
        """
        sight = Sight(self._collector.registry, visit.somebody)
        owners = [(tenant, sites) for tenant in sight.tenants() if (sites := sight.sites(tenant.name))]
        said = ranges.asked(query)
        today = ranges.today(owners[0][0] if owners else Tenant(""), self._now_ms())
        chosen = said or ranges.day_of(self._newest(owners, today))
        asked = chosen.kind != FREE
        sort = query.get("sort", "")
        groups = tuple(self._group(tenant, sites, chosen, sort, audience, asked=asked) for tenant, sites in owners)
        spans = [chosen.span(tenant) for tenant, _ in owners]
        running = any(span.end_ms > self._now_ms() for span in spans)
        return Overview(
            chosen=chosen,
            before=chosen.before(),
            today=today,
            sort=sort,
            groups=groups,
            asked=asked and not running,
            pending=any(line.pending for group in groups for line in group.lines),
            running=running,
            chosen_here=said is None and chosen != ranges.day_of(today),
        )

    def _newest(self, owners: Sequence[tuple[Tenant, list[Site]]], today: date) -> date:
        """Today; or the last day of which anything is stored, where that is earlier."""
        stored = [
            days[-1] for tenant, _ in owners if (days := self._collector.store.manifest.days(tenant.name, WINDOWS))
        ]
        return min(today, date.fromisoformat(max(stored))) if stored else today

    def _group(
        self, tenant: Tenant, sites: Sequence[Site], chosen: Range, sort: str, audience: Audience, *, asked: bool
    ) -> Group:
        now, then = chosen.span(tenant), chosen.before().span(tenant)
        heard, heard_then = self._together.hours(tenant, (now, then), audience)
        there = [site for site in sites if site.name in heard]
        single: dict[tuple[str, int], Single] = {}
        if audience is not EXPORT:
            wanted = [(site, now) for site in there] + [(site, then) for site in there if site.name in heard_then]
            single = self._together.single(tenant, wanted, whole=asked)
        sensors = self._collector.registry.sensors_by_site(tenant.name)
        now_ms = self._now_ms()
        running = now.end_ms > now_ms

        def make() -> dict[str, Any]:
            lines = [
                _line(
                    site,
                    chosen,
                    (now, then),
                    (heard.get(site.name, ()), heard_then.get(site.name, ())),
                    single,
                    sensors.get(site.name, 0),
                    now_ms,
                    asked=asked and not running,
                )
                for site in sites
            ]
            if audience is EXPORT:
                lines = [Line(one.site, {**one.numbers, "people": _absent(), "stay": _absent()}) for one in lines]
            pairs = _pairs(lines, {name: one for (name, begin), one in single.items() if begin == now.start_ms})
            totals = (rows.total(lines, "visitors"), rows.total(lines, "passers_by"))
            return {"group": Group(tenant, tuple(rows.ordered(lines, sort)), *totals, pairs)}

        # All that it is made of; of a time that goes on also how far it has gone.
        gone = now_ms // RUNNING_MS if running else None
        key = (tenant, tuple(sites), chosen, sort, audience, spoken(), asked, tuple(sorted(sensors.items())), gone)
        told = self._groups.of((*key, tuple(single)), (heard, heard_then, *single.values()), make)
        found: Group = told.values["group"]
        return found


def _line(
    site: Site,
    chosen: Range,
    spans: tuple[calendar.Span, calendar.Span],
    heard: tuple[Sequence[Heard], Sequence[Heard]],
    single: Mapping[tuple[str, int], Single],
    sensors: int,
    now_ms: int,
    *,
    asked: bool,
) -> Line:
    (ours, theirs), (found, found_then) = spans, heard
    single_now, single_then = (single.get((site.name, span.start_ms)) for span in spans)
    nothing = Single(())  # of a site that was not heard there is nothing to wait for
    now = rows.told(found, ours, now_ms, site, sensors, single_now if found else nothing)
    upto_ms = theirs.end_ms
    if now.hours and ours.end_ms > now_ms:  # the range before, only as far as this one has gone
        whole = rows.told(found_then, theirs, upto_ms, site, sensors, single_then)
        known = {hour.name for hour in whole.hours if earlier(hour, chosen, list(now.hours))}
        found_then = [one for one in found_then if one.name in known]
        upto_ms = max((one.start_ms + calendar.HOUR_MS for one in found_then), default=theirs.start_ms)
    then = rows.told(found_then, theirs, upto_ms, site, sensors, single_then)
    return rows.line(site, now, then, chosen.weeks_back, asked=asked)


def _pairs(lines: Sequence[Line], single: Mapping[str, Single]) -> Matrix | None:
    """Who was at two sites, of the largest ones that were asked; a pair only where both sites say it."""
    sizes = [
        (-(one.numbers["visitors"].value or 0.0), one.site.name)
        for one in lines
        if one.site.name in single and single[one.site.name].elsewhere
    ]
    names = sorted(name for _, name in sorted(sizes)[:PAIRS_MAX])
    told: dict[tuple[str, str], Cell] = {
        (name, cell.cell): cell for name in names for cell in single[name].elsewhere if cell.cell in names
    }
    return matrix.matrix(names, {pair: cell for pair, cell in told.items() if pair[::-1] in told})


def _absent() -> rows.Number:
    return rows.Number("")
