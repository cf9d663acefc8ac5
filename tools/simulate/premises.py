"""Where things are: the shop, its zones, the street and the sensors, in metres.

The origin is the left end of the shop front; x runs along the front, y into the shop, so the street has y < 0.
Sizes are those of a mid-sized high-street shop, chosen, not measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SHOP_WIDTH_M = 12.0
SHOP_DEPTH_M = 22.0
DOOR_X_M = 6.0
STREET_HALF_M = 60.0  # how far to each side of the door people are followed on the street
PAVEMENT_Y_M = (-4.5, -1.2)
PHONE_HEIGHT_M = 1.1  # a trouser pocket or a hand
SENSOR_HEIGHT_M = 3.0  # a ceiling unit
STOREY_M = 3.5

CHANNELS = tuple(range(1, 12))
SENSOR_CHANNELS = (1, 6, 11)  # the three that do not overlap; sensors take them in turn
SENSOR_FRONT_M = 3.5  # behind the shop window, so that the street is not the loudest thing it hears
SENSOR_BACK_M = SHOP_DEPTH_M - 2.5


class Zone(StrEnum):
    """The parts of the shop that a path through it names."""

    WINDOW = "window"
    SHELVES = "shelves"
    TILL = "till"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of floor, in metres."""

    x_m: tuple[float, float]
    y_m: tuple[float, float]


ZONE_BOXES: dict[Zone, Box] = {
    Zone.WINDOW: Box((1.0, 11.0), (1.0, 5.0)),
    Zone.SHELVES: Box((1.0, 11.0), (6.0, 15.5)),
    Zone.TILL: Box((1.5, 7.0), (16.5, 20.0)),
}


@dataclass(frozen=True, slots=True)
class SensorSpot:
    """A sensor's name, place in metres and the one channel it listens on."""

    name: str
    x_m: float
    y_m: float
    height_m: float
    channel: int

    @property
    def freq_mhz(self) -> int:
        """Centre frequency of the channel, IEEE 802.11, 2.4 GHz band."""
        return 2407 + 5 * self.channel


def sensor_spots(count: int) -> tuple[SensorSpot, ...]:
    """Spread sensors from the door to the back; three of them are `door`, `middle` and `back`."""
    spots = []
    for index in range(count):
        depth = index / (count - 1) if count > 1 else 0.0
        spots.append(
            SensorSpot(
                name=_spot_name(index, count),
                x_m=DOOR_X_M,
                y_m=round(SENSOR_FRONT_M + depth * (SENSOR_BACK_M - SENSOR_FRONT_M), 2),
                height_m=SENSOR_HEIGHT_M,
                channel=SENSOR_CHANNELS[index % len(SENSOR_CHANNELS)],
            )
        )
    return tuple(spots)


def _spot_name(index: int, count: int) -> str:
    if index == 0:
        return "door"
    if index == count - 1:
        return "back"
    return "middle" if count == 3 else f"middle-{index}"
