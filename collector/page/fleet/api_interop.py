"""/api/fleet/http_sd and /api/fleet/geojson: the fleet in the forms of other systems."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import FastAPI, Query

from ...interop import geojson
from ...interop.targets import targets
from ..visit import Who
from .acts import Acts
from .changing import fitting


@dataclass(frozen=True, slots=True)
class Targets:
    """What Prometheus's http_sd_configs takes."""

    targets: list[str]
    labels: dict[str, str]


def add_routes(app: FastAPI, acts: Acts) -> None:
    """Both forms."""

    @app.get("/api/fleet/http_sd")
    def http_sd(visit: Who, target: Annotated[str, Query(max_length=200)] = "{sensor}:9100") -> list[Targets]:
        """Targets for Prometheus's http_sd_configs: the approved sensors. target: how an address is made of names."""
        known = [one.known for one in acts.sight(visit.somebody).sensors() if one.known.sensor.approved]
        with fitting():
            found: list[dict[str, Any]] = targets(known, target)
        return [Targets(one["targets"], one["labels"]) for one in found]

    @app.get("/api/fleet/geojson")
    def places(visit: Who) -> dict[str, Any]:
        """Sites and sensors as GeoJSON (RFC 7946)."""
        sensors = acts.sight(visit.somebody).sensors()
        states = {one.known.sensor.id: one.shown.state for one in sensors}
        return geojson.collection([one.known for one in sensors], states)
