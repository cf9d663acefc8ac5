"""The same as JSON: who asks, what that one sees, and the numbers of a site. The areas have the rest."""

from typing import Any

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response

from ..folder import Collector
from ..reporting import report
from .desk import Desk
from .openapi import described
from .sight import Sight
from .visit import Who


def add_routes(app: FastAPI, collector: Collector, desk: Desk) -> None:
    """The description of the whole API too."""
    registry, simulated = collector.registry, collector.settings.simulated

    @app.get("/api/openapi.json", include_in_schema=False)
    def schema() -> Response:
        return JSONResponse(described(app))

    @app.get("/api/me")
    def me(visit: Who) -> dict[str, Any]:
        """Who asks, and what that one may do and see."""
        person = visit.somebody
        return {
            "name": person.name,
            "role": person.role,
            "by": person.by,
            "rights": sorted(person.rights),
            "sites": person.sites.words(),
        }

    @app.get("/api/sites")
    def sites(visit: Who) -> list[dict[str, Any]]:
        """The sites that may be seen."""
        sight = Sight(registry, visit.somebody)
        found = [site for tenant in sight.tenants() for site in sight.sites(tenant.name)]
        return [{"tenant": site.tenant, "name": site.name, "time_zone": site.time_zone} for site in found]

    @app.get("/api/{tenant}/{site}/report")
    def site_report(visit: Who, tenant: str, site: str) -> dict[str, Any]:
        """All numbers of a site. What rests on too few people is not in it."""
        sight = Sight(registry, visit.somebody)
        sight.site(sight.tenant(tenant).name, site)
        return {"simulated": simulated, **report.as_json(sight.report(desk.report(tenant, site), tenant))}
