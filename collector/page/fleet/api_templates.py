"""/api/fleet/templates and /api/fleet/variables: options with variables, and what the variables are."""

from dataclasses import dataclass

from fastapi import FastAPI

from ...configuration import templates, variables
from ...configuration.store import ConfigurationStore
from ...configuration.templates import Template
from ...errors import QueryError
from ..visit import Who
from .acts import Acts
from .bodies import Name, Tenant, Varying
from .sight import FleetSight


@dataclass(frozen=True, slots=True)
class TemplateSaid:
    """A layer with variables: options that use them, and what it says of them, without the $ in front."""

    scope: str
    tenant: str
    name: str
    number: int
    options: dict[str, str]
    variables: dict[str, str]
    uses: list[str]


@dataclass(frozen=True, slots=True)
class RenderedSaid:
    """What a unit gets of options with variables. lacks: why it gets none; the unit and the variable stand in it."""

    options: dict[str, str]
    lacks: str


@dataclass(frozen=True, slots=True)
class Varied:
    """What other values of variables came to: each sensor's options before and after; null = its own."""

    written: bool
    layers: int
    sensors: dict[str, dict[str, tuple[str | None, str | None]]]


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Reading, and setting many variables at once. Options with variables are set as others are."""
    store = ConfigurationStore(acts.collector.registry.engine)

    @app.get("/api/fleet/templates")
    def fleet_templates(visit: Who) -> list[TemplateSaid]:
        """The layers that hold variables, from the farthest to the nearest."""
        sight = acts.sight(visit.somebody)
        return [_said(one) for one in templates.every(store.fleet()) if _sees(sight, one)]

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/rendered")
    def fleet_rendered(visit: Who, tenant: Tenant, sensor: Name) -> RenderedSaid:
        """What a sensor gets of options with variables."""
        one = acts.sight(visit.somebody).sensor(tenant, sensor).known.sensor
        found = templates.render(store.fleet([one]), [one])
        return RenderedSaid(found[0].options, found[0].lacks) if found else RenderedSaid({}, "")

    @app.post("/api/fleet/variables")
    def fleet_variables(visit: Who, body: Varying) -> Varied:
        """Give variables of many layers other values: all or none. With dry, only say what it would come to."""
        affected, layers = acts.layers.vary(acts.sight(visit.somebody), body)
        return Varied(bool(layers) and not body.dry, layers, {one.sensor: dict(one.options) for one in affected})


def _said(one: Template) -> TemplateSaid:
    place = one.place
    own = {name.removeprefix(variables.SIGN): value for name, value in one.variables.items()}
    return TemplateSaid(place.scope, place.tenant, place.name, one.number, one.options, own, list(one.uses))


def _sees(sight: FleetSight, one: Template) -> bool:
    try:
        sight.place(one.place.scope, one.place.tenant, one.place.name)
    except QueryError:
        return False
    return True
