"""Simulate one day in a shop: a plan goes in, the frames every sensor heard and the truth come out.

Pure: the same plan gives the same day, byte for byte, with the same version of Footfall and of numpy. People and what
their phones send do not depend on the sensors, so a plan with another number of sensors has the same people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tools.simulate.crowd import crowd
from tools.simulate.elements import probe_body, probe_request
from tools.simulate.hours import Hours, hours_of, joined
from tools.simulate.people import ACTIVE_SHARE, Person
from tools.simulate.plan import ShopPlan
from tools.simulate.premises import SensorSpot, sensor_spots
from tools.simulate.probing import Emission, Sender, bursts
from tools.simulate.radio import Ears, Heard, hear

__all__ = ["HeardFrame", "Progress", "ShopDay", "ShopPlan", "Tally", "simulate"]

Progress = Callable[[float], None]  # told the share done, 0 to 1
PEOPLE_PER_STEP = 50  # between two words of progress


class HeardFrame(NamedTuple):
    """One frame at one sensor: UTC microseconds, index of the sensor, level, the sensor's frequency, 802.11 bytes."""

    ts_us: int
    sensor: int
    rssi_dbm: int
    freq_mhz: int
    frame: bytes


@dataclass(frozen=True, slots=True)
class Tally:
    """What one person's device sent: bursts, frames, different addresses, and frames heard by each sensor."""

    bursts: int
    frames: int
    addresses: int
    heard: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShopDay:
    """The finished day.

    `frames` are ordered by time; `senders` has, for each of them, the index of its sender in `people`: only a
    simulation can know it, and it is never written. `tallies` goes with `people`, one each.
    """

    plan: ShopPlan
    hours: Hours
    sensors: tuple[SensorSpot, ...]
    people: tuple[Person, ...]
    tallies: tuple[Tally, ...]
    frames: tuple[HeardFrame, ...]
    senders: tuple[int, ...]


def simulate(
    plan: ShopPlan,
    progress: Progress | None = None,
    guests: Sequence[Person] = (),
    senders: dict[int, Sender] | None = None,
    house_seed: int | None = None,
) -> ShopDay:
    """Run the plan's day. `progress` is told the share done now and then; it does not change the result.

    guests: people beside the plan's own. senders: by the id of a device, what it remembers; filled, so that a
    phone that goes from one shop to another keeps its address. house_seed: days of the same have the same staff,
    neighbours and fixed devices, at other hours of the day only as far as the plan's hours differ.
    """
    crowd_seed, phone_seed, radio_seed = np.random.SeedSequence(plan.seed).spawn(3)
    phone_rng, radio_rng = np.random.default_rng(phone_seed), np.random.default_rng(radio_seed)
    house = None if house_seed is None else np.random.default_rng(house_seed)
    hours, sensors = hours_of(plan), sensor_spots(plan.sensors)
    people = crowd(plan, hours, np.random.default_rng(crowd_seed), house)
    if guests:
        people = tuple(sorted((*people, *guests), key=lambda person: person.start_ms))
    senders = {} if senders is None else senders
    ears = Ears.of(sensors)
    heard: list[tuple[HeardFrame, int]] = []
    tallies = []
    for index, person in enumerate(people):
        tally, frames = _follow(person, sensors, ears, senders, phone_rng, radio_rng)
        tallies.append(tally)
        heard += [(frame, index) for frame in frames]
        if progress is not None and index % PEOPLE_PER_STEP == 0:
            progress(index / len(people))
    heard.sort(key=lambda pair: pair[0][:2])
    if progress is not None:
        progress(1.0)
    return ShopDay(
        plan=plan,
        hours=hours,
        sensors=sensors,
        people=people,
        tallies=tuple(tallies),
        frames=tuple(frame for frame, _ in heard),
        senders=tuple(index for _, index in heard),
    )


def _follow(
    person: Person,
    sensors: tuple[SensorSpot, ...],
    ears: Ears,
    senders: dict[int, Sender],
    phone_rng: np.random.Generator,
    radio_rng: np.random.Generator,
) -> tuple[Tally, list[HeardFrame]]:
    """All that one person's device sends, and what of it is heard."""
    frames: list[HeardFrame] = []
    if person.device is None:
        return Tally(0, 0, 0, (0,) * len(sensors)), frames
    sender = senders.get(id(person.device)) or Sender(person.device, phone_rng)
    senders[id(person.device)] = sender
    addresses: set[int] = set()
    burst_count = frame_count = 0
    for span in joined(person.inside + person.outside):
        for burst in bursts(person.device.model.gaps, ACTIVE_SHARE[person.kind], span, phone_rng):
            emission = sender.send(burst)
            burst_count += 1
            frame_count += len(emission.ts_us)
            addresses.update(emission.addresses.tolist())
            heard = hear(emission, person, ears, radio_rng)
            frames += _frames(emission, heard, person.device.networks, sensors)
    by_sensor = [0] * len(sensors)
    for frame in frames:
        by_sensor[frame.sensor] += 1
    return Tally(burst_count, frame_count, len(addresses), tuple(by_sensor)), frames


def _frames(
    emission: Emission, heard: Heard, networks: tuple[bytes, ...], sensors: tuple[SensorSpot, ...]
) -> list[HeardFrame]:
    """Put the heard frames of one burst into bytes; what two sensors heard is the same bytes."""
    built: dict[int, bytes] = {}
    frames = []
    for index, sensor, rssi_dbm in zip(
        heard.frames.tolist(), heard.sensors.tolist(), heard.rssi_dbm.tolist(), strict=True
    ):
        frame = built.get(index)
        if frame is None:
            named = int(emission.networks[index])
            ssid = networks[named] if named >= 0 else b""
            body = probe_body(emission.elements, int(emission.channels[index]), ssid)
            frame = probe_request(int(emission.addresses[index]), int(emission.sequences[index]), body)
            built[index] = frame
        frames.append(HeardFrame(int(emission.ts_us[index]), sensor, rssi_dbm, sensors[sensor].freq_mhz, frame))
    return frames
