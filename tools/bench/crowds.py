"""Sightings of a busy site's day, made up at numpy's speed: what the store benchmark stores.

The people, phones and radio are those of `tools.simulate`, with the same tables and constants, drawn for all people of
a day at once: how many pass, come in, work, live next door; when; each model's gaps between bursts, frames a channel
and life of an address; path loss, shadowing, fading and loss on neighbouring channels. Simpler than there: straight
tracks, no breaks of staff, a place of its own for each burst inside, frames of one channel heard together or not at
all, and nothing of channels three or more beside the sensor's (at most 1 in 10 frames there). Nothing was measured.
"""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from footfall_sensor.window import FLAG_ASSOCIATED, FLAG_DIRECTED, FLAG_RANDOMISED, WINDOW_MS
from tools.simulate import premises, radio
from tools.simulate.model import Addresses
from tools.simulate.people import ACTIVE_SHARE, Kind
from tools.simulate.probing import BURST_GAP_S_MIN, BURST_MS_MAX

from .crowd_people import KINDS, MODELS, Day, Floats, Ints, People, people_of

ROWS_A_PLAN = 9_300  # about, a sensor: only how much is drawn at once rests on it
BESIDE = 2  # channels to each side that a sensor hears
SENSORS_MAX = 64
PLACE_BITS = 18  # window and sensor: 2,880 times 64 at most


@dataclass(frozen=True, slots=True)
class Heard:
    """Sightings of a site's day by window, sensor and token: arrays of one length, in the types of the wire."""

    window: npt.NDArray[np.int32]  # from the day's beginning
    sensor: npt.NDArray[np.int16]  # index
    token: npt.NDArray[np.uint64]
    first_ms: npt.NDArray[np.uint16]  # from the window's beginning
    last_ms: npt.NDArray[np.uint16]
    frames: npt.NDArray[np.uint16]
    bursts: npt.NDArray[np.uint8]
    rssi_max_dbm: npt.NDArray[np.int8]
    rssi_mean_dbm: npt.NDArray[np.int8]
    freq_mhz: npt.NDArray[np.uint16]
    flags: npt.NDArray[np.uint8]
    model_class: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.token)

    def part(self, chosen: Any) -> "Heard":
        """These rows."""
        return Heard(*(getattr(self, field.name)[chosen] for field in fields(self)))


def site_day(rows: int, sensors: int, day: Day, rng: np.random.Generator) -> Heard:
    """Exactly `rows` sightings of one site's day by so many sensors."""
    if rows < 1 or not 1 <= sensors <= SENSORS_MAX:
        raise ValueError(f"at least one sighting is wanted, and 1 to {SENSORS_MAX} sensors")
    parts: list[Heard] = []
    missing = rows
    while missing > 0:
        people = people_of(max(1, round(missing / (ROWS_A_PLAN * sensors))), day, rng)
        found = _heard(people, sensors, rng)
        if len(found) > missing:  # whoever is one too many was not there
            found = found.part(np.sort(rng.permutation(len(found))[:missing]))
        parts.append(found)
        missing -= len(found)
    whole = Heard(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Heard)))
    return whole if len(parts) == 1 else whole.part(np.argsort(whole.window * sensors + whole.sensor, kind="stable"))


def elsewhere(heard: Heard, salt: int) -> Heard:
    """The same sightings of other devices."""
    return replace(heard, token=_mixed(heard.token + np.uint64(salt)))


def _bursts(people: People, rng: np.random.Generator) -> tuple[Ints, Floats, Ints, npt.NDArray[np.bool_]]:
    """All bursts: whose, when (ms), which of theirs, and whether the screen was on. See simulate.probing.bursts."""
    gaps = [(one.gaps.standby, one.gaps.active) for one in MODELS]
    mu = np.array([[gap.mu for gap in pair] for pair in gaps])
    sigma = np.array([[gap.sigma for gap in pair] for pair in gaps])
    mean_s = np.array([[gap.mean_s for gap in pair] for pair in gaps])
    share = np.array([ACTIVE_SHARE[one] for one in KINDS])[people.kind]
    odds = share / mean_s[people.model, 1]
    share_of_gaps = odds / (odds + (1 - share) / mean_s[people.model, 0])
    who = np.arange(len(people.kind))
    active = (rng.random(len(who)) < share).astype(int)
    m, s = mu[people.model, active], sigma[people.model, active]
    at = people.start_ms + 1000 * rng.random(len(who)) * rng.lognormal(m + s**2, s)
    found = []
    turn = 0
    while True:
        there = at <= people.end_ms[who] - BURST_MS_MAX
        who, at, active = who[there], at[there], active[there]
        if not len(who):
            break
        found.append((who, at, np.full(len(who), turn), active))
        active = (rng.random(len(who)) < share_of_gaps[who]).astype(int)
        model = people.model[who]
        at = at + 1000 * np.maximum(BURST_GAP_S_MIN, rng.lognormal(mu[model, active], sigma[model, active]))
        turn += 1
    of, when, number, on = (np.concatenate(column) for column in zip(*found, strict=True))
    return of, when, number, on.astype(bool)


def _levels(people: People, who: Ints, at: Floats, sensors: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """What arrives of each burst at each sensor before fading, in dBm: see simulate.radio.mean_level_dbm."""
    spots = premises.sensor_spots(sensors)
    count = len(who)
    inside = (at >= people.enter_ms[who]) & (at < people.leave_ms[who])
    neighbour = people.kind[who] == KINDS.index(Kind.NEIGHBOUR)
    boxes = list(premises.ZONE_BOXES.values())
    zone = rng.integers(0, len(boxes), count)
    low, high = (np.array([[box.x_m[end], box.y_m[end]] for box in boxes])[zone] for end in (0, 1))
    within = low + rng.random((count, 2)) * (high - low)
    door = np.where(at < people.enter_ms[who], people.enter_ms[who], people.leave_ms[who])
    middle = np.where(np.isfinite(door), door, (people.start_ms[who] + people.end_ms[who]) / 2)
    x = np.where(inside | neighbour, within[:, 0], premises.DOOR_X_M + people.pace[who] * (at - middle) / 1000)
    y = np.where(inside | neighbour, within[:, 1], people.lane_m[who])
    street = ~(inside | neighbour)
    height = premises.PHONE_HEIGHT_M + np.where(neighbour, premises.STOREY_M, 0)
    exponent = np.where(street, radio.OUTDOOR_EXPONENT, radio.INDOOR_EXPONENT)
    fixed = people.kind[who] == KINDS.index(Kind.FIXED)
    base = radio.LEVEL_AT_1M_DBM - np.where(fixed, 0, radio.BODY_DB) - people.behind_db[who] + people.offset_db[who]
    found = np.empty((count, sensors), dtype=np.float32)
    for index, spot in enumerate(spots):
        distance = np.sqrt((spot.x_m - x) ** 2 + (spot.y_m - y) ** 2 + (spot.height_m - height) ** 2)
        loss = 10 * exponent * np.log10(np.maximum(distance, radio.DISTANCE_M_MIN))
        enters_at = x + (spot.x_m - x) * (0 - y) / (spot.y_m - y)
        beside = (enters_at < 0) | (enters_at > premises.SHOP_WIDTH_M)
        front = radio.FRONT_DB + radio.PARTY_WALL_DB * beside + radio.DEPTH_DB_PER_M * spot.y_m
        shadow = rng.normal(0, 1, count) * np.where(street, radio.OUTDOOR_SHADOW_DB, radio.INDOOR_SHADOW_DB)
        found[:, index] = base - loss - np.where(street, front, 0) + shadow
    return found


def _heard(people: People, sensors: int, rng: np.random.Generator) -> Heard:
    """The sightings of these people by all sensors, a row a token, window and sensor, in no order of time."""
    who, at, number, on = _bursts(people, rng)
    levels = _levels(people, who, at, sensors, rng)
    low, high = (np.array([one.frames_per_channel[end] for one in MODELS]) for end in (0, 1))
    model = people.model[who]
    frames = rng.integers(low[model], high[model] + 1)
    by_channel = np.array([one.addresses is Addresses.PER_CHANNEL for one in MODELS])[model]
    by_channel |= np.array([one.bare_standby for one in MODELS])[model] & ~on
    lasting = np.array([not one.randomizing for one in MODELS])[model]
    life = np.array([one.address_bursts for one in MODELS])[model]
    address = np.where(lasting, 0, 1 + number // life)
    directed = rng.random(len(who)) < np.array([one.knowing_share * one.directed_share for one in MODELS])[model]
    fixed = people.kind[who] == KINDS.index(Kind.FIXED)
    flags = FLAG_RANDOMISED * ~lasting | FLAG_DIRECTED * directed | FLAG_ASSOCIATED * fixed
    spacing_ms = np.array([one.frame_gap_ms for one in MODELS])[model]
    classes = rng.integers(1, 1 << 16, len(MODELS))
    found = []
    for sensor, spot in enumerate(premises.sensor_spots(sensors)):
        for channel in range(max(1, spot.channel - BESIDE), min(premises.CHANNELS[-1], spot.channel + BESIDE) + 1):
            beside = abs(channel - spot.channel)
            rssi = levels[:, sensor] - radio.SIDE_LOSS_DB[beside]
            rssi = rssi + np.float32(radio.FADING_DB) * rng.standard_normal(len(rssi), dtype=np.float32)
            chance = radio.SIDE_SHARE[beside] / (1 + np.exp(-(rssi - radio.DECODE_DBM) / radio.DECODE_SOFT_DB))
            (row,) = np.nonzero(rng.random(len(rssi), dtype=np.float32) < chance)
            begin = at[row] + (channel - 1) * frames[row] * spacing_ms[row]
            mixed = people.uid[who[row]] + (address[row] * 16 + by_channel[row] * channel).astype(np.uint64)
            found.append(
                (
                    _mixed(mixed),
                    begin.astype(np.int64),
                    (begin + (frames[row] - 1) * spacing_ms[row]).astype(np.int64),
                    frames[row],
                    row,
                    rssi[row],
                    np.full(len(row), sensor),
                )
            )
    token, begin, end, count, burst, rssi, sensor_of = (np.concatenate(column) for column in zip(*found, strict=True))
    return _windows(token, begin, end, count, burst, rssi, sensor_of, number[burst], flags, classes[model])


def _windows(
    token: npt.NDArray[np.uint64],
    begin: Ints,
    end: Ints,
    frames: Ints,
    burst: Ints,
    rssi: npt.NDArray[np.float32],
    sensor: Ints,
    number: Ints,
    flags: Ints,
    classes: Ints,
) -> Heard:
    """One row a sensor, window and token, as the agent's window makes them."""
    place = begin // WINDOW_MS * SENSORS_MAX + sensor
    # One key is sorted twice as fast as two: the place, and as many bits of the token as there is room for.
    order = np.argsort((place.astype(np.uint64) << np.uint64(64 - PLACE_BITS)) | (token >> np.uint64(PLACE_BITS)))
    token, place = token[order], place[order]
    new = np.ones(len(token), dtype=bool)
    new[1:] = (token[1:] != token[:-1]) | (place[1:] != place[:-1])
    (starts,) = np.nonzero(new)
    frames, rssi, number, first = frames[order], rssi[order], number[order], burst[order[starts]]
    window, sensor = np.divmod(place[starts], SENSORS_MAX)
    window_ms = window * WINDOW_MS
    loudest = np.maximum.reduceat(rssi, starts)
    heard = np.add.reduceat(frames, starts)
    mean = np.add.reduceat(rssi * frames, starts) / heard
    first_ms = np.minimum.reduceat(begin[order], starts) - window_ms
    last_ms = np.minimum(np.maximum.reduceat(end[order], starts) - window_ms, WINDOW_MS - 1)
    # What a phone sends between two bursts that were heard was not heard, but there seldom is such a one in a window.
    bursts = np.maximum.reduceat(number, starts) - np.minimum.reduceat(number, starts) + 1
    channels = np.array(premises.SENSOR_CHANNELS)
    return Heard(
        window=window.astype(np.int32),
        sensor=sensor.astype(np.int16),
        token=token[starts],
        first_ms=first_ms.astype(np.uint16),
        last_ms=last_ms.astype(np.uint16),
        frames=heard.astype(np.uint16),
        bursts=np.minimum(bursts, 255).astype(np.uint8),
        rssi_max_dbm=np.clip(np.rint(loudest), -100, -10).astype(np.int8),
        rssi_mean_dbm=np.clip(np.rint(mean), -100, -10).astype(np.int8),
        freq_mhz=(2407 + 5 * channels[sensor % len(channels)]).astype(np.uint16),
        flags=flags[first].astype(np.uint8),
        model_class=classes[first].astype(np.uint16),
    )


def _mixed(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A token for each number, as HMAC would spread them (splitmix64)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
