"""/api/TENANT/SITE/plan: the same as the plan's page, for programs."""

from typing import Annotated, Any

from fastapi import FastAPI
from pydantic import Field

from ...plans.plan import Plan, Spot
from ...records.registry import Site
from ..fleet.bodies import Name, Tenant
from ..given import Said
from ..visit import Visit, Who
from .pages import PlanPages

POSITIONS_MAX = 500
_FORM = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "metres": {"type": "string", "maxLength": 12},
        "level": {"type": "string", "maxLength": 4},
    },
    "required": ["file"],
}
UPLOAD = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}}


class Position(Said):
    """Where a sensor hangs: per cent of the plan's width from the left, of its height from the top; null: nowhere."""

    sensor: Annotated[str, Field(min_length=1, max_length=32)]
    x: Annotated[float, Field(ge=0, le=100)] | None
    y: Annotated[float, Field(ge=0, le=100)] | None


class Positions(Said):
    """Positions to be changed; sensors that are not named stay where they are."""

    positions: Annotated[list[Position], Field(max_length=POSITIONS_MAX)]


def add_routes(app: FastAPI, pages: PlanPages) -> None:
    """All of it."""

    @app.get("/api/{tenant}/{site}/plan")
    def plan(visit: Who, tenant: Tenant, site: Name) -> dict[str, Any]:
        """What plan a site has, and where on it sensors hang; the picture itself is at /plan/TENANT/SITE/picture."""
        return _said(pages, pages.site(visit, tenant, site))

    @app.post("/api/{tenant}/{site}/plan", openapi_extra=UPLOAD)
    def upload(visit: Who, tenant: Tenant, site: Name) -> dict[str, Any]:
        """Make a file the site's plan: PNG, JPEG, WebP, GeoJSON in degrees, or an IMDF archive; at most 4 MiB.

        metres: how wide a pixel of a picture is; level: of an IMDF archive, 0 is the ground. A plan of other
        proportions takes the positions away.
        """
        found = pages.site(visit, tenant, site)
        pages.put_plan(visit, found)
        return _said(pages, found)

    @app.post("/api/{tenant}/{site}/plan/remove")
    def remove(visit: Who, tenant: Tenant, site: Name) -> dict[str, Any]:
        """Take the plan away, and the positions on it."""
        found = pages.site(visit, tenant, site)
        pages.plans.remove(found.tenant, found.name, visit.somebody.actor, pages.now_ms())
        return _said(pages, found)

    @app.post("/api/{tenant}/{site}/plan/positions")
    def positions(visit: Who, tenant: Tenant, site: Name, body: Positions) -> dict[str, Any]:
        """Say where sensors hang on the plan; all of it, or none of it where one cannot be."""
        found = pages.site(visit, tenant, site)
        return _put(pages, visit, found, body)


def _put(pages: PlanPages, visit: Visit, site: Site, body: Positions) -> dict[str, Any]:
    spots = {one.sensor: None if one.x is None or one.y is None else Spot(one.x, one.y) for one in body.positions}
    pages.plans.place(site.tenant, site.name, spots, visit.somebody.actor, pages.now_ms())
    return _said(pages, site)


def _said(pages: PlanPages, site: Site) -> dict[str, Any]:
    """As JSON values."""
    spots = pages.plans.spots(site.tenant, site.name)
    return {
        "plan": _plan(pages.plans.of(site.tenant, site.name)),
        "positions": [{"sensor": sensor, "x": spot.x, "y": spot.y} for sensor, spot in spots.items()],
    }


def _plan(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    said = {"kind": plan.kind, "width": plan.width, "height": plan.height, "metres": plan.metres}
    return said | {"changed_ms": plan.changed_ms}
