"""What is known of a device's model: what it sends, how often, and under which addresses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import exp, log

from tools.simulate.elements import Element

P90_Z = 1.2816  # standard normal quantile of 90 %


class Addresses(StrEnum):
    """How a device chooses the source address of its probes."""

    GLOBAL = "global"
    PER_BURST = "per burst"
    PER_CHANNEL = "per channel"  # several addresses inside one burst, as one phone of the set does


@dataclass(frozen=True, slots=True)
class Gap:
    """Time from one burst to the next: log-normal, by its median and its 90 % quantile, in seconds."""

    median_s: float
    p90_s: float

    @property
    def mu(self) -> float:
        """Mean of the logarithm of the gap in seconds."""
        return log(self.median_s)

    @property
    def sigma(self) -> float:
        """Standard deviation of the logarithm."""
        return log(self.p90_s / self.median_s) / P90_Z

    @property
    def mean_s(self) -> float:
        """Mean gap, which sets how many bursts an hour brings."""
        return exp(self.mu + self.sigma**2 / 2)


@dataclass(frozen=True, slots=True)
class Gaps:
    """Gaps with the screen on and in standby."""

    active: Gap
    standby: Gap


@dataclass(frozen=True, slots=True)
class Model:
    """One row: behaviour of all devices of a model.

    `weight` is relative within its table. `frames_per_channel` is lowest and highest. `address_bursts` is how many
    bursts a random address lasts. `counter_continues`: sequence numbers go on from burst to burst (older models)
    instead of starting anew. `bare_standby`: with the screen off only rates are sent, under one address a channel.
    `knowing_share` of the devices ask for networks by name, in `directed_share` of their frames; together that is
    about 1 in 10, as in the 9 % of a published challenge set.
    """

    name: str
    weight: float
    addresses: Addresses
    gaps: Gaps
    elements: tuple[Element, ...]
    frames_per_channel: tuple[int, int]
    frame_gap_ms: float = 20.0
    address_bursts: int = 1
    counter_continues: bool = False
    bare_standby: bool = False
    knowing_share: float = 0.35
    directed_share: float = 0.3

    @property
    def randomizing(self) -> bool:
        """Whether the model probes under random addresses."""
        return self.addresses is not Addresses.GLOBAL
