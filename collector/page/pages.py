"""The pages: each is made from what the desk, the registry and the fleet say now, and laid out by one template."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup

from .. import fleet
from ..errors import QueryError
from ..fleet import State
from ..folder import Collector
from ..ingest.mqtt import Ingest
from ..notice import facts, sign
from ..notice.details import Notices
from ..people import passwords
from ..people.tokens import Token
from ..records.registry import Site, Tenant, site_named
from . import ahead, assets, charts, view
from .ahead import Ahead
from .desk import DAY_S, Desk, Pulse
from .frame import Frame
from .language import gettext as _
from .language import marked, spoken
from .sight import Sight
from .site import ranges
from .site.desk import Ended
from .site.pages import SitePages
from .site.told import Telling
from .visit import Visit

REFRESH_S = 5
RENEWED_S = 2  # while a newer report is being built
WAITING_REFRESH_S = 10
NO_SITE = marked("An administrator has not said yet which sites you may see.")


class Pages:
    """Every page of one collector, as HTML."""

    def __init__(self, collector: Collector, ingest: Ingest, desk: Desk, now_ms: Callable[[], int]) -> None:
        self._collector = collector
        self._ingest = ingest
        self._desk = desk
        self._now_ms = now_ms
        self._pulse = Pulse()
        self.ahead = Ahead(collector, desk, now_ms, lambda: ingest.waiting > ahead.BACKLOG)
        self._telling = Telling()
        self.frame = Frame(collector.settings.simulated)
        self.ended = Ended(collector, now_ms, desk.builder)
        self._ranged = SitePages(collector, desk, self.ended, self.frame, self._telling, now_ms)

    def site(
        self, visit: Visit, tenant_name: str, site_name: str, still: bool, query: Mapping[str, str] | None = None
    ) -> str:
        """A site's page; the first tenant and site where none is named. query: may name a range, see site/ranges.py.

        Raises QueryError: none that may be seen, or no such range.
        """
        chosen = ranges.asked(query or {})
        sight = Sight(self._collector.registry, visit.somebody)
        tenant = _tenant(sight, tenant_name)
        sites = sight.sites(tenant.name) if tenant else []
        if not sites and not site_name and not visit.somebody.sites.everywhere:
            return self.message(_("No site yet"), _(NO_SITE), visit)
        if tenant is None or (not sites and not site_name):
            return self._waiting(visit, None, [])
        site = site_named(site_name, tenant.name, sites) if site_name else sites[0]
        try:
            if chosen is not None:
                return self._ranged.ranged(visit, site, sites, chosen, query or {})
            whole = self._desk.report(tenant.name, site.name, DAY_S)
        except QueryError:
            if any(row.state.committed for row in self._sensors(site)):
                raise
            return self._waiting(visit, site, sites)

        def tell() -> dict[str, Any]:
            report = sight.report(whole, tenant.name)
            page = view.site_page(report, site)
            return {"page": page, "sites": sites, **self._ranged.around(site, report, _drawings(page), query or {})}

        names = tuple(one.name for one in sites)
        key = (site, names, spoken(), visit.somebody.rights, sight.among(tenant.name), self._ranged.today(tenant))
        told = self._telling.of((*key, self._ranged.plan_key(site, query or {})), (whole,), tell)
        renews = self._desk.renews(tenant.name, site.name)
        live = self._pulse.beats(self._ingest.messages_total, time.monotonic())
        return self.frame.render(
            "site.html",
            visit,
            site=site,
            sensors=self._sensors(site),
            replay=self._collector.settings.replay,
            **told.values,
            once=told.once,
            live=live,
            still=still,
            renews=renews,
            again_s=RENEWED_S if renews and not still else 0,
            refresh_s=0 if still else RENEWED_S if renews else REFRESH_S if live else 0,
            still_url=_url(site, still="1"),
            live_url=_url(site),
        )

    def close(self) -> None:
        """Build no more reports: what is being built is finished."""
        self.ahead.close()
        self._desk.close()
        self.ended.close()

    def notice(self, tenant_name: str, site_name: str) -> str:
        """The notice that hangs at a site's door. Raises QueryError: no such tenant or site."""
        registry = self._collector.registry
        found = facts.gather(
            self._collector.settings,
            registry.tenant(tenant_name),
            registry.site(tenant_name, site_name),
            Notices(registry.engine).of(tenant_name, site_name),
            self._now_ms(),
        )
        return sign.render(found, style_url=assets.url("sign.css"))

    def message(self, heading: str, says: str, visit: Visit | None = None) -> str:
        """A page with a sentence: something is not there, or not well."""
        return self.frame.render("message.html", visit, heading=heading, says=says)

    def login(self, next_path: str, name: str, says: str) -> str:
        """The form to sign in with."""
        return self.frame.render("login.html", None, next_path=next_path, name=name, says=says)

    def password(self, visit: Visit, says: str) -> str:
        """The form for another password."""
        return self.frame.render(
            "password.html",
            visit,
            says=says,
            chars_min=passwords.CHARS_MIN,
            chars_max=passwords.CHARS_MAX,
        )

    def account(self, visit: Visit, tokens: list[Token], says: str, secret: str, now_ms: int) -> str:
        """What somebody may do, and their tokens; secret: of one that was just made."""
        return self.frame.render(
            "account.html",
            visit,
            tokens=tokens,
            grantable=sorted(visit.somebody.rights),
            says=says,
            secret=secret,
            now_ms=now_ms,
        )

    def _waiting(self, visit: Visit, site: Site | None, sites: list[Site]) -> str:
        """What to do next, where nothing has been heard yet."""
        sensors = self._sensors(site) if site else []
        return self.frame.render(
            "waiting.html",
            visit,
            site=site,
            sites=sites,
            sensors=sensors,
            connected=any(row.state.state is State.CONNECTED for row in sensors),
            claims=self._collector.settings.broker_tls,
            refresh_s=WAITING_REFRESH_S,
        )

    def _sensors(self, site: Site) -> list[view.SensorRow]:
        now_ms = self._now_ms()
        place = (site.tenant, site.name)
        states = fleet.look(self._collector.registry, self._collector.manifest, now_ms, place)
        return view.sensor_rows(states, site.time_zone, now_ms)


def _tenant(sight: Sight, name: str) -> Tenant | None:
    if name:
        return sight.tenant(name)
    tenants = sight.tenants()
    return next((tenant for tenant in tenants if sight.sites(tenant.name)), tenants[0] if tenants else None)


def _drawings(page: view.SitePage) -> dict[str, Markup]:
    """The page's charts by name. They are our own SVG, of released cells only."""
    hours = page.hours.answer
    wanted: dict[str, Callable[[], str]] = {
        "dwell": lambda: charts.bars(page.dwell.answer),
        "noise": lambda: charts.bars(page.noise.answer),
    }
    if page.hours.panel_shown:
        wanted["panel_wide"] = lambda: charts.panel_hours(hours)
        wanted["panel_narrow"] = lambda: charts.panel_hours(hours, charts.NARROW_PX)
    if page.hours.addresses_shown:
        wanted["addresses_wide"] = lambda: charts.address_hours(hours)
        wanted["addresses_narrow"] = lambda: charts.address_hours(hours, charts.NARROW_PX)
    return {name: Markup(draw()) for name, draw in wanted.items()}  # noqa: S704 - see above


def _url(site: Site, **more: str) -> str:
    return "/?" + urlencode({"tenant": site.tenant, "site": site.name, **more})
