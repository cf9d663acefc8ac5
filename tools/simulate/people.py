"""Who is there: one person (or fixed device), where they are and when, and the phone they carry."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tools.simulate.handsets import FIXED_MODELS, HANDSETS
from tools.simulate.hours import Span
from tools.simulate.model import Model
from tools.simulate.walk import Waypoint, ZoneStay

NETWORKS = 400  # invented network names that phones may know
NETWORKS_KNOWN_MAX = 3
OFFSET_SIGMA_DB = 4.0  # antenna, case and pocket: the same all day for a device; chosen


class Kind(StrEnum):
    """What a person or device is to the shop."""

    PASSER_BY = "passer_by"
    VISITOR = "visitor"
    STAFF = "staff"
    NEIGHBOUR = "neighbour"
    FIXED = "fixed"


# Share of time with the screen on; chosen, no source at hand.
ACTIVE_SHARE: dict[Kind, float] = {
    Kind.PASSER_BY: 0.3,
    Kind.VISITOR: 0.25,
    Kind.STAFF: 0.15,
    Kind.NEIGHBOUR: 0.35,
    Kind.FIXED: 0.0,
}


@dataclass(frozen=True, slots=True)
class Device:
    """A phone or machine: its model, the networks it asks for by name, and its level over the average in dB."""

    model: Model
    networks: tuple[bytes, ...]
    offset_db: float


@dataclass(frozen=True, slots=True)
class Person:
    """Where one person was. `device` is None where no Wi-Fi was carried or switched on.

    `inside` and `outside` are the intervals in the shop and within radio range of it, `track` the places between,
    and `behind_db` the loss of what stands between a neighbour and the shop.
    """

    kind: Kind
    device: Device | None
    inside: tuple[Span, ...]
    outside: tuple[Span, ...]
    zones: tuple[ZoneStay, ...]
    track: tuple[Waypoint, ...]
    behind_db: float = 0.0

    @property
    def start_ms(self) -> int:
        """First instant the person was in range, UTC milliseconds."""
        return min(span.start_ms for span in self.inside + self.outside)

    @property
    def dwell_s(self) -> float:
        """Seconds spent inside."""
        return sum(span.end_ms - span.start_ms for span in self.inside) / 1000


class Devices:
    """Deals out devices.

    People carry a phone with its Wi-Fi on with probability `carrying_share`; a phone randomises with probability
    `randomizing_share`.
    """

    def __init__(self, carrying_share: float, randomizing_share: float | None, rng: np.random.Generator) -> None:
        self._carrying_share = carrying_share
        self._rng = rng
        self._fixed = _cumulative(FIXED_MODELS)
        self._random = _cumulative(tuple(model for model in HANDSETS if model.randomizing))
        self._global = _cumulative(tuple(model for model in HANDSETS if not model.randomizing))
        self._randomizing_share = table_randomizing_share() if randomizing_share is None else randomizing_share

    def phone(self) -> Device | None:
        """The phone of the next person, or None."""
        if self._rng.random() >= self._carrying_share:
            return None
        return self._device(self._random if self._rng.random() < self._randomizing_share else self._global)

    def fixed(self) -> Device:
        """The next machine that stays in the shop."""
        return self._device(self._fixed)

    def _device(self, table: tuple[tuple[Model, ...], np.ndarray]) -> Device:
        models, ends = table
        model = models[int(np.searchsorted(ends, self._rng.random() * ends[-1], side="right"))]
        networks: tuple[bytes, ...] = ()
        if self._rng.random() < model.knowing_share:
            known = self._rng.integers(0, NETWORKS, 1 + int(self._rng.integers(0, NETWORKS_KNOWN_MAX)))
            networks = tuple(f"fictitious-net-{number:03d}".encode() for number in known)
        return Device(model, networks, float(self._rng.normal(0.0, OFFSET_SIGMA_DB)))


def table_randomizing_share() -> float:
    """Share of randomising phones in the handset table: 17 of 22."""
    total = sum(model.weight for model in HANDSETS)
    return sum(model.weight for model in HANDSETS if model.randomizing) / total


def _cumulative(models: tuple[Model, ...]) -> tuple[tuple[Model, ...], np.ndarray]:
    return models, np.cumsum([model.weight for model in models])
