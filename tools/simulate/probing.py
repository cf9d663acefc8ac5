"""What a phone sends: when its bursts begin, and the frames of one burst.

Bursts follow a renewal process with log-normal gaps. Whether the screen is on is drawn for each gap, weighted so
that it is on for the wanted share of time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.simulate.elements import Element
from tools.simulate.handsets import BARE
from tools.simulate.hours import Span
from tools.simulate.model import Addresses, Gap, Gaps
from tools.simulate.people import Device
from tools.simulate.premises import CHANNELS

BURST_GAP_S_MIN = 2.0  # below it two sweeps would overlap, which no radio can do
BURST_MS_MAX = 2000  # a sweep of 11 channels, 4 frames each at 40 ms, takes 1.8 s
SPACING_SPREAD = (0.75, 1.25)  # of the model's time between frames
COUNTER_SKIP_MAX = 40  # sequence numbers used between two bursts for frames that nobody simulates
LOCAL_BIT, GROUP_BIT = 1 << 41, 1 << 40  # of a 48-bit address in transmission order
ADDRESS_END = 1 << 48
SEQUENCE_END = 1 << 12


class Burst(NamedTuple):
    """The start of one burst, UTC milliseconds, and whether the screen was on."""

    start_ms: int
    active: bool


@dataclass(frozen=True, slots=True)
class Emission:
    """The frames of one burst, one array element a frame.

    `ts_us` UTC microseconds; `channels` 1 to 11; `sequences` 0 to 4095; `addresses` 48-bit numbers; `networks` the
    index of the network named, -1 for a broadcast probe. `elements` is the same for all frames.
    """

    ts_us: npt.NDArray[np.int64]
    channels: npt.NDArray[np.int64]
    sequences: npt.NDArray[np.int64]
    addresses: npt.NDArray[np.int64]
    networks: npt.NDArray[np.int64]
    elements: tuple[Element, ...]


def gap_s(gap: Gap, rng: np.random.Generator) -> float:
    """Draw the time from one burst to the next, in seconds."""
    return max(BURST_GAP_S_MIN, float(rng.lognormal(gap.mu, gap.sigma)))


def bursts(gaps: Gaps, active_share: float, present: Span, rng: np.random.Generator) -> list[Burst]:
    """The bursts that begin and end while a phone is in range.

    The phone was probing long before, so the first wait is the rest of a gap under way. Such a gap is longer than the
    average one: it is drawn in proportion to its length, which for a log-normal law shifts mu by sigma squared. Without
    this, people who stay a minute would be heard far too often.
    """
    active = rng.random() < active_share
    gap = gaps.active if active else gaps.standby
    at_ms = present.start_ms + 1000 * rng.random() * float(rng.lognormal(gap.mu + gap.sigma**2, gap.sigma))
    active_odds = active_share / gaps.active.mean_s
    standby_odds = (1 - active_share) / gaps.standby.mean_s
    active_share_of_gaps = active_odds / (active_odds + standby_odds)
    found = []
    while at_ms <= present.end_ms - BURST_MS_MAX:
        found.append(Burst(int(at_ms), active))
        active = rng.random() < active_share_of_gaps
        at_ms += 1000 * gap_s(gaps.active if active else gaps.standby, rng)
    return found


class Sender:
    """What a device remembers from burst to burst: its address, for how long, and its sequence counter."""

    def __init__(self, device: Device, rng: np.random.Generator) -> None:
        self._device = device
        self._rng = rng
        self._sequence = int(rng.integers(0, SEQUENCE_END))
        self._address = _random_addresses(1, rng)[0]
        if not device.model.randomizing:
            self._address &= ~LOCAL_BIT  # global; whatever maker it seems to name is chance
        self._bursts_left = device.model.address_bursts

    def send(self, burst: Burst) -> Emission:
        """Sweep the channels once."""
        model, rng = self._device.model, self._rng
        bare = model.bare_standby and not burst.active
        lowest, highest = model.frames_per_channel
        channels = np.repeat(np.array(CHANNELS), int(rng.integers(lowest, highest + 1)))
        count = len(channels)
        spacing_us = 1000 * model.frame_gap_ms * rng.uniform(*SPACING_SPREAD, count)
        networks = np.full(count, -1)
        if self._device.networks:
            named = rng.random(count) < model.directed_share
            networks[named] = rng.integers(0, len(self._device.networks), int(named.sum()))
        return Emission(
            ts_us=burst.start_ms * 1000 + (np.cumsum(spacing_us) - spacing_us[0]).astype(np.int64),
            channels=channels,
            sequences=self._sequences(count),
            addresses=self._addresses(channels, by_channel=bare or model.addresses is Addresses.PER_CHANNEL),
            networks=networks,
            elements=BARE if bare else model.elements,
        )

    def _sequences(self, count: int) -> npt.NDArray[np.int64]:
        if not self._device.model.counter_continues:
            self._sequence = int(self._rng.integers(0, SEQUENCE_END))
        numbers = (self._sequence + np.arange(count)) % SEQUENCE_END
        self._sequence += count + int(self._rng.integers(0, COUNTER_SKIP_MAX + 1))
        return numbers

    def _addresses(self, channels: npt.NDArray[np.int64], *, by_channel: bool) -> npt.NDArray[np.int64]:
        model = self._device.model
        if not model.randomizing:
            return np.full(len(channels), self._address)
        if by_channel:
            return _random_addresses(len(CHANNELS), self._rng)[channels - CHANNELS[0]]
        if self._bursts_left == 0:
            self._address = _random_addresses(1, self._rng)[0]
            self._bursts_left = model.address_bursts
        self._bursts_left -= 1
        return np.full(len(channels), self._address)


def _random_addresses(count: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Locally administered addresses of single stations: 46 bits are free."""
    return (rng.integers(0, ADDRESS_END, count) | LOCAL_BIT) & ~GROUP_BIT
