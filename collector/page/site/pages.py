"""The pages of a site and a range of days: which report they are made of, and what stands on them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from ... import calendar
from ...answers.question import PAGE
from ...errors import QueryError
from ...folder import Collector
from ...metrics import metric
from ...plans.book import Plans
from ...records.registry import Site, Tenant
from ...reporting.report import Report
from ...storage.store import WINDOWS
from .. import charts, view
from ..desk import Desk
from ..frame import Frame
from ..language import spoken
from ..plan import drawn
from ..sentences import phrased
from ..sight import Sight
from ..visit import Visit
from . import choice, hours, pictures, ranges, views
from .desk import Ended
from .detail import detail
from .ranges import FREE, Range
from .told import Telling


class SitePages:
    """Ranges of one collector's sites, as HTML."""

    def __init__(
        self,
        collector: Collector,
        desk: Desk,
        ended: Ended,
        frame: Frame,
        telling: Telling,
        now_ms: Callable[[], int],
    ) -> None:
        self._collector = collector
        self._desk = desk
        self._ended = ended
        self._frame = frame
        self._telling = telling
        self._now_ms = now_ms
        self._plans = Plans(collector.registry.engine)

    def around(
        self, site: Site, report: Report, drawings: Mapping[str, Any], query: Mapping[str, str]
    ) -> dict[str, Any]:
        """What stands on the page of everything that was heard, beside its key figures."""
        tenant = self._collector.registry.tenant(site.tenant)
        more = detail(report, self._collector.store.zones.of(site.tenant, site.name))
        today = self._added_up(site, tenant, report, ranges.day_of(ranges.today(tenant, self._now_ms())))
        return {
            "choice": choice.offered(site, None, ranges.today(tenant, self._now_ms())),
            "today": today if today.known else None,
            "detail": more,
            "drawings": {**drawings, **more.drawings},
            "pictures": pictures.names([*drawings, *more.drawings]),
            "metric": metric,
            **self._plan(site, report, None, query),
        }

    def today(self, tenant: Tenant) -> date:
        """A tenant's business day now."""
        return ranges.today(tenant, self._now_ms())

    def plan_key(self, site: Site, query: Mapping[str, str]) -> tuple[object, ...]:
        """What the plan on a site's page hangs on, beside the report."""
        changed_ms = self._plans.changed_ms(site.tenant, site.name)
        if changed_ms is None:
            return ()
        return changed_ms, tuple(self._plans.spots(site.tenant, site.name).items()), drawn.wanted(query)

    def ranged(self, visit: Visit, site: Site, sites: list[Site], chosen: Range, query: Mapping[str, str]) -> str:
        """The page of a range. Raises QueryError: nothing heard, or what the query layer refuses."""
        tenant = self._collector.registry.tenant(site.tenant)
        offered = choice.offered(site, chosen, ranges.today(tenant, self._now_ms()))
        sight, span = Sight(self._collector.registry, visit.somebody), chosen.span(tenant)
        key = (site, tenant, spoken(), visit.somebody.rights, sight.among(tenant.name), chosen)
        says, asked, before = "", None, None
        if chosen.kind != FREE and span.end_ms <= self._now_ms():
            try:
                asked = self._ended.report(site, span, PAGE)
                before = self._before(site, tenant, chosen)
            except QueryError as exc:
                says = phrased(exc)

        def tell() -> dict[str, Any]:
            assert asked is not None
            report = sight.report(asked, tenant.name)
            page = views.of_reports(chosen, tenant.epoch_turn_h, report, before)
            more = detail(report, self._collector.store.zones.of(site.tenant, site.name))
            whole = view.site_page(report, site)
            drawings = {**page.drawings, **more.drawings, "dwell": _bars(whole.dwell)}
            said = {"range": page, "page": whole, "report": report, "detail": more, "drawings": drawings}
            said |= self._plan(site, report, chosen, query)
            return {**said, "pictures": pictures.names(list(drawings))}

        if asked is not None:
            told = self._telling.of((*key, self.plan_key(site, query)), (asked, before), tell)
        else:
            everything = self._desk.report(tenant.name, site.name)
            so_far = span.start_ms < self._now_ms() < span.end_ms
            told = self._telling.of(
                (*key, so_far, says), (everything,), lambda: self._added(site, tenant, everything, chosen)
            )
        around: dict[str, Any] = {"site": site, "sites": sites, "choice": offered, "metric": metric}
        around["newest"] = None if told.values["range"].known else self._newest(site, tenant)
        return self._frame.render("site/range.html", visit, says=says, once=told.once, **around, **told.values)

    def _newest(self, site: Site, tenant: Tenant) -> choice.Offer | None:
        """The last day on which any of the tenant's sensors was heard, for who looks where there is nothing."""
        days = self._collector.store.manifest.days(tenant.name, WINDOWS)
        if not days:
            return None
        found = ranges.day_of(date.fromisoformat(days[-1]))
        return choice.Offer(found.said(), choice.url(site, found), current=False)

    def _added(self, site: Site, tenant: Tenant, everything: Report, chosen: Range) -> dict[str, Any]:
        page = self._added_up(site, tenant, everything, chosen)
        return {"range": page, "page": None, "report": None, "detail": None, "drawings": page.drawings}

    def _plan(self, site: Site, report: Report, chosen: Range | None, query: Mapping[str, str]) -> dict[str, Any]:
        """The site's plan with the zones of a report; plan is None where there is none, or nothing on it."""
        found, spots = self._plans.of(site.tenant, site.name), self._plans.spots(site.tenant, site.name)
        if found is None or not spots:
            return {"plan": None, "plan_links": ()}
        placed = self._collector.store.zones.of(site.tenant, site.name)
        base = drawn.base(found, site.tenant, site.name)
        shown = drawn.coloured(base, report, placed, spots, drawn.wanted(query))
        links = [
            (label, f"{choice.url(site, chosen, colour=name)}#zones", name == shown.colour)
            for name, label in drawn.colours()
        ]
        return {"plan": shown, "plan_links": links}

    def _before(self, site: Site, tenant: Tenant, chosen: Range) -> Report | None:
        """The report of the range before; None where there is nothing of it, or it is refused."""
        try:
            return self._ended.report(site, chosen.before().span(tenant), PAGE)
        except QueryError:
            return None

    def _added_up(self, site: Site, tenant: Tenant, everything: Report, chosen: Range) -> views.RangePage:
        """A range made of the hours that the page of everything shows."""
        found, span = hours.of(everything), chosen.span(tenant)
        after, before = hours.within(found, span), hours.within(found, chosen.before().span(tenant))
        if span.start_ms < self._now_ms() < span.end_ms:  # the range before, only as far as this one has gone
            ends_ms = min(span.end_ms, everything.span.end_ms)
            upto = calendar.Span("so far", span.start_ms, ends_ms) if ends_ms > span.start_ms else span
            before = [hour for hour in before if earlier(hour, chosen, after)]
        else:
            upto = span
        return views.of_hours(chosen, tenant.epoch_turn_h, after, before, upto, site.time_zone)


def earlier(hour: hours.Hour, chosen: Range, after: list[hours.Hour]) -> bool:
    """Whether an hour of the range before is no later in it than the last one of this that is whole, by the clock."""
    whole = [one for one in after if one.whole]
    if not whole:
        return False
    last, then = (datetime.fromisoformat(one.name).replace(tzinfo=None) for one in (whole[-1], hour))
    return (last - then).days >= 7 * chosen.weeks_back if chosen.kind != ranges.MONTH else then.day <= last.day


def _bars(found: view.Bars) -> Markup:
    return Markup(charts.bars(found.answer))  # noqa: S704 - our own SVG, of released cells only
