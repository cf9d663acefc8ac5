"""/api/fleet/config, a sensor's config and /api/fleet/push: the options of layers, and sending them again."""

from dataclasses import dataclass

from fastapi import FastAPI

from ...configuration.editor import Done
from ...configuration.layers import Scope
from ...configuration.store import ConfigurationStore, Version
from ..visit import Who
from .acts import Acts
from .bodies import Name, Pushing, Setting, Tenant


@dataclass(frozen=True, slots=True)
class Value:
    """An option's value and which layer it is from."""

    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Configured:
    """What a change of a layer came to. proposal: its number where it waits for a second person, because of loosens."""

    layer: str
    written: bool
    proposal: int | None
    loosens: list[str]
    sensors: dict[str, dict[str, tuple[str | None, str | None]]]

    @classmethod
    def of(cls, done: Done) -> "Configured":
        """Each sensor's options with their values before and after; null = its own."""
        plan = done.plan
        sensors = {one.sensor: dict(one.options) for one in plan.affected}
        return cls(str(plan.change.place), done.written, done.proposal, list(plan.loosens), sensors)


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Reading and setting."""
    store = ConfigurationStore(acts.collector.registry.engine)

    @app.get("/api/fleet/sensors/{tenant}/{sensor}/config")
    def fleet_sensor_config(visit: Who, tenant: Tenant, sensor: Name) -> dict[str, Value]:
        """The options that hold for it, each with the layer that it is from; what is left out is the unit's own."""
        sight = acts.sight(visit.somebody)
        effective = sight.effective(sight.sensor(tenant, sensor))
        return {name: Value(origin.value, origin.source) for name, origin in effective.items()}

    @app.get("/api/fleet/config/{scope}/{tenant}/{name}")
    def fleet_layer(visit: Who, scope: Scope, tenant: Tenant, name: Name) -> list[Version]:
        """Every change of one layer, the newest first. Of a tenant's layer the name is the tenant's again."""
        place = acts.sight(visit.somebody).place(scope, tenant, name)
        return store.history(place)

    @app.post("/api/fleet/config/{scope}/{tenant}/{name}")
    def fleet_configure(visit: Who, scope: Scope, tenant: Tenant, name: Name, body: Setting) -> Configured:
        """Set options of one layer, or take them out. What tells more of people waits for a second person."""
        sight = acts.sight(visit.somebody)
        place = sight.place(scope, tenant, name)
        return Configured.of(acts.layers.configure(sight, place, body.set, body.unset, body.why, body.dry))

    @app.post("/api/fleet/push")
    def fleet_push_many(visit: Who, body: Pushing) -> list[str]:
        """Send these sensors the same configuration again, as a new version: all or none."""
        wanted = [(body.tenant, name) for name in dict.fromkeys(body.sensors)]
        acts.sensors.push(acts.sight(visit.somebody), wanted, body.why)
        return [name for _, name in wanted]
