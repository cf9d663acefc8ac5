"""What one person sees of the registry and of reports: their own sites, as if there were no others."""

from dataclasses import dataclass, replace

from ..errors import QueryError
from ..people.user import Person
from ..records.registry import Registry, Site, Tenant, site_named
from ..reporting.report import Answer, Report
from ..suppression import Cell


@dataclass(frozen=True, slots=True)
class Sight:
    """A registry through somebody's eyes."""

    registry: Registry
    person: Person

    def tenants(self) -> list[Tenant]:
        """The tenants of which something may be seen."""
        sites = self.person.sites
        named = {tenant for tenant, _ in sites.named}
        return [one for one in self.registry.tenants() if sites.everywhere or one.name in named]

    def tenant(self, name: str) -> Tenant:
        """One tenant. Raises QueryError."""
        found = next((one for one in self.tenants() if one.name == name), None)
        if found is None:
            raise QueryError(f"there is no tenant '{name}' that you may see; choose from the list")
        return found

    def sites(self, tenant: str) -> list[Site]:
        """The tenant's sites that may be seen, by name."""
        return [one for one in self.registry.sites(tenant) if self.person.sites.has(tenant, one.name)]

    def site(self, tenant: str, name: str) -> Site:
        """One site. Raises QueryError naming those that may be seen."""
        return site_named(name, tenant, self.sites(tenant))

    def among(self, tenant: str) -> frozenset[str] | None:
        """The names of a tenant's sites that may be seen; None: all, whichever come."""
        if self.person.sites.has(tenant, ""):
            return None
        return frozenset(site.name for site in self.sites(tenant))

    def report(self, report: Report, tenant: str) -> Report:
        """A site's report without what it tells of other sites that may not be seen."""
        seen = self.among(tenant)
        if seen is None:
            return report
        return replace(report, answers=[_limited(answer, seen) for answer in report.answers])


def _limited(answer: Answer, seen: frozenset[str]) -> Answer:
    def tells(cell: Cell) -> bool:
        if answer.metric.name in ("intersections", "intersections_estimate"):
            return cell.cell not in seen
        return answer.metric.name == "routes" and cell.series == "site"

    return replace(answer, cells=[cell for cell in answer.cells if not tells(cell)])
