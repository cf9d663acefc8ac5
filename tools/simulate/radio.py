"""What a sensor hears: path loss over the logarithm of distance, shadowing, neighbouring channels, and a noise floor.

Outdoors the level at 1 m (-38.7 dBm) and the exponent (1.80) are those fitted on readings of probe requests in a
public outdoor data set (RSS hybrid, 21 x 30 m, 6 to 7 anchors); there the spread of a link was 9 to 15 dB. Indoor
values are chosen: an exponent between free space (2) and a room full of obstacles (3 and more), and a smaller
spread, because a shop is small and open. Nothing else here was measured unless it says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.simulate.people import Kind, Person
from tools.simulate.premises import PHONE_HEIGHT_M, SHOP_WIDTH_M, STOREY_M, SensorSpot
from tools.simulate.probing import Emission

LEVEL_AT_1M_DBM = -38.7
OUTDOOR_EXPONENT = 1.80
INDOOR_EXPONENT = 2.6
BODY_DB = 4.0  # a phone is carried, not held up
FRONT_DB = 12.0  # shop front: coated glass and frame
PARTY_WALL_DB = 6.0  # more, where the straight line enters beside the shop and comes through the neighbour's wall
DEPTH_DB_PER_M = 0.5  # shelves and people between the front and the sensor, for what comes from the street
OUTDOOR_SHADOW_DB = 7.0  # with device and fading 8.7 dB in all: just under the 9 to 15 dB measured
INDOOR_SHADOW_DB = 5.0  # for one place and sensor; drawn anew for each burst
FADING_DB = 3.0  # from frame to frame
DISTANCE_M_MIN = 1.0
DECODE_DBM, DECODE_SOFT_DB = -90.0, 2.0  # half of the frames are lost at this level, nearly all 8 dB below
RSSI_DBM_MIN, RSSI_DBM_MAX = -128, 127

# A frame sent k channels beside the sensor's: loss in dB and the share decoded. Measured on 10 phones of the labelled
# set of Pintor and Atzori 2021: median losses of 0, 4, 14 and 26 dB at 1, 2, 3 and 4 channels. Of the frames one or two
# channels away two of the three receivers decoded most and the third hardly any, so the shares lie between.
SIDE_LOSS_DB = (0.0, 0.0, 4.0, 14.0, 26.0)
SIDE_SHARE = (1.0, 0.5, 0.4, 0.1, 0.05)


@dataclass(frozen=True, slots=True)
class Heard:
    """Frames that sensors decoded, one array element each: index in the emission, sensor, level in dBm."""

    frames: npt.NDArray[np.int64]
    sensors: npt.NDArray[np.int64]
    rssi_dbm: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Ears:
    """All sensors of the shop, as arrays of shape (sensors,): place in metres and channel."""

    x_m: npt.NDArray[np.float64]
    y_m: npt.NDArray[np.float64]
    height_m: npt.NDArray[np.float64]
    channels: npt.NDArray[np.int64]

    @classmethod
    def of(cls, spots: tuple[SensorSpot, ...]) -> Ears:
        """Collect the sensors."""
        return cls(
            x_m=np.array([spot.x_m for spot in spots]),
            y_m=np.array([spot.y_m for spot in spots]),
            height_m=np.array([spot.height_m for spot in spots]),
            channels=np.array([spot.channel for spot in spots]),
        )


def mean_level_dbm(person: Person, x_m: float, y_m: float, ears: Ears) -> npt.NDArray[np.float64]:
    """Level at each sensor before anything random, in dBm, shape (sensors,)."""
    height_m = PHONE_HEIGHT_M + (STOREY_M if person.kind is Kind.NEIGHBOUR else 0.0)
    distance_m = np.sqrt((ears.x_m - x_m) ** 2 + (ears.y_m - y_m) ** 2 + (ears.height_m - height_m) ** 2)
    exponent = OUTDOOR_EXPONENT if y_m < 0.0 else INDOOR_EXPONENT
    loss_db = 10 * exponent * np.log10(np.maximum(distance_m, DISTANCE_M_MIN))
    loss_db += person.behind_db
    if y_m < 0.0:
        enters_at_m = x_m + (ears.x_m - x_m) * (0.0 - y_m) / (ears.y_m - y_m)
        beside = (enters_at_m < 0.0) | (enters_at_m > SHOP_WIDTH_M)
        loss_db += FRONT_DB + PARTY_WALL_DB * beside + DEPTH_DB_PER_M * ears.y_m
    if person.kind is not Kind.FIXED:
        loss_db += BODY_DB
    return np.asarray(LEVEL_AT_1M_DBM - loss_db, dtype=np.float64)


def hear(emission: Emission, person: Person, ears: Ears, rng: np.random.Generator) -> Heard:
    """Decide which sensors decode which frames of one burst, and how loud. The person stands still for its length."""
    if person.device is None:
        raise ValueError("a person without a device sends nothing that could be heard")
    x_m, y_m = place_at(person, int(emission.ts_us[0]) // 1000)
    shadow_db = OUTDOOR_SHADOW_DB if y_m < 0.0 else INDOOR_SHADOW_DB
    level = mean_level_dbm(person, x_m, y_m, ears) + person.device.offset_db
    level = level + rng.normal(0.0, shadow_db, len(level))
    beside = np.abs(emission.channels[:, None] - ears.channels[None, :])
    audible = beside < len(SIDE_LOSS_DB)
    beside = np.where(audible, beside, 0)
    rssi = level[None, :] - np.array(SIDE_LOSS_DB)[beside] + rng.normal(0.0, FADING_DB, beside.shape)
    chance = audible * np.array(SIDE_SHARE)[beside] / (1 + np.exp(-(rssi - DECODE_DBM) / DECODE_SOFT_DB))
    frames, sensors = np.nonzero(rng.random(beside.shape) < chance)
    rssi_dbm = np.clip(np.rint(rssi[frames, sensors]), RSSI_DBM_MIN, RSSI_DBM_MAX).astype(np.int64)
    return Heard(frames, sensors, rssi_dbm)


def place_at(person: Person, t_ms: int) -> tuple[float, float]:
    """Where the person is at an instant, in metres, on the straight lines between waypoints."""
    before = person.track[0]
    for point in person.track:
        if point.t_ms > t_ms:
            share = (t_ms - before.t_ms) / (point.t_ms - before.t_ms) if point is not before else 0.0
            return before.x_m + share * (point.x_m - before.x_m), before.y_m + share * (point.y_m - before.y_m)
        before = point
    return before.x_m, before.y_m
