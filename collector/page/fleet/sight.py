"""What one person sees of the fleet, and so may change: their own sites, as if there were no others."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ...configuration import staging
from ...configuration.layers import Origin, Place, Scope
from ...configuration.store import TERMS, ConfigurationStore, Proposal
from ...errors import QueryError
from ...folder import Collector
from ...grouping import history
from ...grouping.history import Deed
from ...people.user import Person, Right
from ...rollout.advance import Unit
from ...rollout.book import Campaigns
from ...rollout.records import Campaign
from ...watch.alerts import Alert, Work
from ...watch.book import Book
from ...watch.muster import Muster, Mustered

DAY_MS = 86_400_000
DAYS_MAX = 90  # of alerts that are over


@dataclass(frozen=True, slots=True)
class FleetSight:
    """A fleet through somebody's eyes. What they may not see raises what is raised for what is not there."""

    collector: Collector
    muster: Muster
    person: Person

    def sensors(self) -> list[Mustered]:
        """The sensors, by name."""
        return self.of(self.muster.all())

    def of(self, mustered: Iterable[Mustered]) -> list[Mustered]:
        """Those of a muster that are theirs."""
        return [one for one in mustered if self._has(one)]

    def sensor(self, tenant: str, name: str) -> Mustered:
        """One sensor. Raises QueryError."""
        for one in self.muster.all():
            if (one.known.sensor.tenant, one.name) == (tenant, name) and self._has(one):
                return one
        raise QueryError(f"there is no sensor '{name}' of tenant '{tenant}' that you may see; choose from the list")

    def sites(self) -> list[tuple[str, str]]:
        """The sites, as (tenant, site)."""
        registry = self.collector.registry
        found = [(site.tenant, site.name) for tenant in registry.tenants() for site in registry.sites(tenant.name)]
        return [one for one in found if self.person.sites.has(*one)]

    def zone(self, tenant: str, site: str) -> str:
        """A site's time zone; UTC where it is gone."""
        found = (one for one in self.collector.registry.sites(tenant) if one.name == site)
        return next((one.time_zone for one in found), "UTC")

    def reach(self, tenant: str, site: str) -> None:
        """Raise QueryError where a site, or with "" all of a tenant, is not theirs."""
        if not self.person.sites.has(tenant, site) or (site and (tenant, site) not in self.sites()):
            what = f"site '{site}' of tenant '{tenant}'" if site else f"tenant '{tenant}'"
            raise QueryError(
                f"there is no {what} that you may see whole; choose another layer, or ask who sees all of it"
            )
        if not site:
            self.collector.registry.tenant(tenant)

    def place(self, scope: Scope, tenant: str, name: str) -> Place:
        """A layer of options. Those of a tenant and of groups are for who sees all of the tenant. Raises QueryError."""
        place = Place(scope, tenant, tenant if scope is Scope.TENANT else name)
        if scope is Scope.SENSOR:
            self.sensor(tenant, name)
        else:
            self.reach(tenant, name if scope is Scope.SITE else "")
        return place

    def alerts(self, days: int, now_ms: int) -> list[Alert]:
        """The alerts that stand, and those that ended within so many days, the newest first."""
        found = Book(self.collector.registry.engine).recent(now_ms - min(DAYS_MAX, max(0, days)) * DAY_MS)
        return [one for one in found if self.person.sites.has(one.cause.tenant, one.cause.site)]

    def alert(self, number: int, now_ms: int) -> Alert:
        """An alert that stands. Raises QueryError."""
        found = next((one for one in self.alerts(0, now_ms) if one.id == number), None)
        if found is None:
            raise QueryError(f"no alert {number} stands that you may see; it may be over: look at the list")
        return found

    def works(self) -> list[Work]:
        """The times in which somebody works; a whole tenant's for everybody who sees one of its sites."""
        named = {tenant for tenant, _ in self.person.sites.named}
        return [
            one
            for one in Book(self.collector.registry.engine).works()
            if self.person.sites.has(one.tenant, one.site) or (not one.site and one.tenant in named)
        ]

    def work(self, number: int) -> Work:
        """One of them that may be ended. Raises QueryError."""
        for one in self.works():
            if one.id == number and self.person.sites.has(one.tenant, one.site):
                return one
        raise QueryError(f"there is no maintenance {number} that you may end; it may be over: look at the list")

    def campaigns(self) -> list[tuple[Campaign, dict[str, int]]]:
        """Campaigns that are within their sites, the newest first, with their units by state."""
        book = Campaigns(self.collector.registry.engine)
        return [(one, count) for one, count in reversed(book.all()) if self._has_campaign(one, None)]

    def campaign(self, number: int) -> tuple[Campaign, list[Unit]]:
        """One of them with its units in their order. Raises QueryError."""
        missing = f"there is no campaign {number} that you may see"
        try:
            found, units = Campaigns(self.collector.registry.engine).one(number)
        except QueryError:
            raise QueryError(missing) from None
        if not self._has_campaign(found, units):
            raise QueryError(missing)
        return found, units

    def proposals(self, now_ms: int) -> list[Proposal]:
        """The changes that wait for a second person, of layers that are theirs, the oldest first.

        A tenant's own settings are for who also keeps the people of this collector.
        """
        waiting = ConfigurationStore(self.collector.registry.engine).proposals(now_ms)
        return [one for one in waiting if self._has_proposal(one)]

    def proposal(self, number: int, now_ms: int) -> Proposal:
        """One of them. Raises QueryError."""
        for one in self.proposals(now_ms):
            if one.id == number:
                return one
        raise QueryError(f"no proposal {number} waits that you may see; it may be decided: look at the list")

    def _has_proposal(self, one: Proposal) -> bool:
        place = one.change.place
        try:
            self.place(place.scope, place.tenant, place.name)
        except QueryError:
            return False
        return one.scope != TERMS or self.person.may(Right.WRITE_PEOPLE)

    def effective(self, one: Mustered) -> dict[str, Origin]:
        """The options that hold for a sensor, each with where it is from; as written where a variable has no value."""
        fleet = ConfigurationStore(self.collector.registry.engine).fleet([one.known.sensor])
        return fleet.known(one.known.sensor)[0]

    def deeds(self, one: Mustered) -> list[Deed]:
        """Everything that was done to a sensor, oldest first. What names a place that is not theirs is left unsaid."""
        done = history.of(self.collector.registry.engine, one.name)
        if self.person.sites.everywhere:
            return done
        registry, mine = self.collector.registry, set(self.sites())
        sites = [site for tenant in registry.tenants() for site in registry.sites(tenant.name)]
        hidden = {site.name for site in sites if (site.tenant, site.name) not in mine}
        hidden |= {other.name for other in self.muster.all() if not self._has(other)}
        return [replace(deed, says="") if any(name in deed.says for name in hidden) else deed for deed in done]

    def _has(self, one: Mustered) -> bool:
        return self.person.sites.has(one.known.sensor.tenant, one.known.sensor.site)

    def _has_campaign(self, campaign: Campaign, units: list[Unit] | None) -> bool:
        if self.person.sites.everywhere:
            return True
        if campaign.kind == staging.KIND:
            place = staging.of_cargo(campaign.cargo)[0]
            try:
                self.place(place.scope, place.tenant, place.name)
            except QueryError:
                return False
        if units is None:
            units = Campaigns(self.collector.registry.engine).one(campaign.id)[1]
        mine = {one.known.sensor.id for one in self.sensors()}
        return all(unit.sensor_id in mine for unit in units)
