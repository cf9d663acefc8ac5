"""Every page there is, told from the table of routes: its address on the stage, and who may open it."""

from dataclasses import dataclass

from collector.page.routes import GET, Need, Needs
from collector.people.user import RIGHTS, Right, Role

from ..run.line import TENANT
from .shelf import IMAGE
from .stage import SENSOR, SITE

# What stands in a path's braces on the stage.
FILLED = {"tenant": TENANT, "site": SITE, "sensor": SENSOR, "name": "analyst", "number": "1", "metric_name": "visitors"}
ACTS = {  # pages that ask before something is done
    "/fleet/campaigns/": "pause",
    "/fleet/proposals/": "confirm",
    "/fleet/sensor/": "quarantine",
}
NO_PAGES = ("/api/", "/export/", "/static/", "/image/", "/healthz", "/readyz")
NOT_HTML = ("/metrics", ".csv", "/picture", ".png", ".pdf", ".svg", ".json", "/events", "/stream", "/live")


@dataclass(frozen=True, slots=True)
class Place:
    """A page. role: somebody who may open it, None for whoever comes."""

    route: str
    path: str
    role: Role | None

    @property
    def name(self) -> str:
        """For files: / is site, /fleet/map is fleet-map."""
        return self.path.strip("/").replace("/", "-") or "site"


def places() -> list[Place]:
    """Every page that can be named without knowing what was stored; the others are found by their links."""
    return [
        Place(route, _filled(route), role_for(need))
        for route, need in GET.items()
        if not route.startswith(NO_PAGES) and not route.endswith(NOT_HTML) and _known(route)
    ]


def role_for(need: Needs) -> Role | None:
    """The first role that may go there."""
    if need is Need.NOTHING:
        return None
    order = (Role.ANALYST, Role.TECHNICIAN, Role.OPERATOR, Role.ADMINISTRATOR)
    return next((role for role in order if not isinstance(need, Right) or need in RIGHTS[role]), Role.ADMINISTRATOR)


def _known(route: str) -> bool:
    return "{" not in _filled(route)


def _filled(route: str) -> str:
    act = next((act for begin, act in ACTS.items() if route.startswith(begin)), "")
    of_shelf = {"kind": "image", "name": IMAGE} if "{kind}" in route else {}
    for name, value in ({**FILLED, "act": act, **of_shelf}).items():
        route = route.replace(f"{{{name}}}", value)
    return route
