"""Everything of the fleet that the application answers."""

from collections.abc import Callable

from fastapi import FastAPI

from ...folder import Collector
from ...watch.muster import Muster
from ..frame import Frame
from . import (
    alerting,
    api_acts,
    api_alerts,
    api_campaigns,
    api_config,
    api_images,
    api_interop,
    api_proposals,
    api_sensors,
    api_templates,
    approving,
    campaigning,
    deeds,
    listing,
    mapping,
    proposing,
    selecting,
    serving,
    unit,
    upgrading,
)
from .acts import Acts
from .framing import Room

# What is more general stands behind what is less so: {act} takes everything.
API = (
    api_sensors,
    api_acts,
    api_interop,
    api_alerts,
    api_images,
    api_campaigns,
    api_config,
    api_templates,
    api_proposals,
)
PAGES = (listing, alerting, approving, campaigning, mapping, proposing, selecting, unit, deeds, upgrading)


def add_routes(app: FastAPI, collector: Collector, frame: Frame, now_ms: Callable[[], int]) -> None:
    """The API and the pages."""
    acts = Acts(collector, Muster(collector, now_ms), now_ms)
    for module in API:
        module.add_routes(app, acts)
    serving.add_routes(app, collector)
    room = Room(frame, now_ms)
    for area in PAGES:
        area.add_routes(app, room, acts)
