"""Everything of the fleet that the application answers."""

from collections.abc import Callable

from fastapi import FastAPI

from ...folder import Collector
from ...watch.muster import Muster
from . import api_alerts, api_campaigns, api_sensors
from .acts import Acts


def add_routes(app: FastAPI, collector: Collector, now_ms: Callable[[], int]) -> None:
    """The API and the pages."""
    acts = Acts(collector, Muster(collector, now_ms), now_ms)
    for module in (api_sensors, api_alerts, api_campaigns):
        module.add_routes(app, acts)
