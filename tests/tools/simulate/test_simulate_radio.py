"""Levels fall with distance and walls, and sensors hear their own channel best."""

from __future__ import annotations

import numpy as np

from tools.simulate.handsets import HANDSETS
from tools.simulate.hours import Span
from tools.simulate.people import Device, Kind, Person
from tools.simulate.premises import DOOR_X_M, sensor_spots
from tools.simulate.probing import Burst, Emission, Sender
from tools.simulate.radio import DECODE_DBM, Ears, Heard, hear, mean_level_dbm, place_at
from tools.simulate.walk import Waypoint

EARS = Ears.of(sensor_spots(3))
DEVICE = Device(next(model for model in HANDSETS if model.name == "handset-d"), (), 0.0)


def person_at(x_m: float, y_m: float, kind: Kind = Kind.VISITOR) -> Person:
    return Person(kind, DEVICE, (Span(0, 10**9),), (), (), (Waypoint(0, x_m, y_m),))


def heard_from(person: Person, bursts: int = 200) -> tuple[list[Emission], list[Heard]]:
    rng = np.random.default_rng(1)
    sender = Sender(DEVICE, rng)
    sent = [sender.send(Burst(at * 60_000, active=True)) for at in range(bursts)]
    return sent, [hear(emission, person, EARS, rng) for emission in sent]


def mean_rssi_dbm(heard: list[Heard], sensor: int) -> float:
    return float(np.mean(np.concatenate([one.rssi_dbm[one.sensors == sensor] for one in heard])))


def test_level_falls_with_distance_inside() -> None:
    """Farther from the door's sensor is quieter, metre by metre."""
    levels = [mean_level_dbm(person_at(DOOR_X_M, y_m), DOOR_X_M, y_m, EARS)[0] for y_m in range(4, 22)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] - levels[-1] > 10


def test_level_falls_along_the_street() -> None:
    """So does it for someone who walks away on the pavement."""
    levels = [
        mean_level_dbm(person_at(DOOR_X_M + away_m, -3.0), DOOR_X_M + away_m, -3.0, EARS)[0]
        for away_m in range(0, 60, 5)
    ]
    assert levels == sorted(levels, reverse=True)


def test_the_shop_front_and_a_ceiling_dampen() -> None:
    """A step out of the door costs more than the step; a neighbour is quieter than a visitor at the same spot."""
    inside = mean_level_dbm(person_at(DOOR_X_M, 0.5), DOOR_X_M, 0.5, EARS)
    outside = mean_level_dbm(person_at(DOOR_X_M, -0.5), DOOR_X_M, -0.5, EARS)
    assert np.all(inside[0] - outside[0] > 8)
    above = Person(Kind.NEIGHBOUR, DEVICE, (), (Span(0, 1),), (), (Waypoint(0, 6.0, 12.0),), behind_db=20.0)
    assert np.all(mean_level_dbm(above, 6.0, 12.0, EARS) < mean_level_dbm(person_at(6.0, 12.0), 6.0, 12.0, EARS) - 18)


def test_heard_levels_are_noisy_whole_dbm_in_eight_bits() -> None:
    """Real readings scatter by several dB at one spot, and fit the radiotap field."""
    _, heard = heard_from(person_at(4.0, 10.0))
    levels = np.concatenate([one.rssi_dbm[one.sensors == 1] for one in heard])
    assert 4 < float(np.std(levels)) < 12
    assert levels.dtype == np.int64
    assert levels.min() >= -128
    assert levels.max() <= 127


def test_the_nearest_sensor_is_the_loudest() -> None:
    """On the average of many bursts, that is; single readings may differ."""
    for y_m, nearest in ((3.0, 0), (11.5, 1), (20.0, 2)):
        _, heard = heard_from(person_at(DOOR_X_M, y_m))
        levels = [mean_rssi_dbm(heard, sensor) for sensor in range(3)]
        assert levels.index(max(levels)) == nearest


def test_a_sensor_hears_its_own_channel_fully_and_neighbours_less() -> None:
    """Close by, all frames on the own channel are decoded, fewer beside it, none five channels away."""
    sent, heard = heard_from(person_at(DOOR_X_M, 11.5))
    emitted = np.bincount(np.concatenate([one.channels for one in sent]), minlength=12)
    at_middle = np.bincount(
        np.concatenate([s.channels[h.frames[h.sensors == 1]] for s, h in zip(sent, heard, strict=True)]), minlength=12
    )
    shares = at_middle[1:] / emitted[1:]
    own = 6 - 1
    assert shares[own] > 0.99
    assert 0.3 < shares[own + 1] < 0.7
    assert shares[own + 3] < 0.2
    assert shares[0] == shares[10] == 0


def test_reception_ends_softly_at_the_noise() -> None:
    """Someone far away is heard now and then, and hardly ever below the decoding level."""
    sent, heard = heard_from(person_at(DOOR_X_M + 45.0, -4.0, Kind.PASSER_BY))
    share = sum(np.count_nonzero(h.sensors == 0) for h in heard) / sum(len(s.ts_us) for s in sent)
    assert 0 < share < 0.1
    assert min(int(h.rssi_dbm.min()) for h in heard if len(h.rssi_dbm)) > DECODE_DBM - 15


def test_people_walk_in_straight_lines_between_waypoints() -> None:
    """Half the time is half the way; before the first and after the last they stand."""
    person = Person(
        Kind.VISITOR, None, (Span(1000, 3000),), (), (), (Waypoint(1000, 0.0, 0.0), Waypoint(3000, 4.0, 2.0))
    )
    places = [place_at(person, t_ms) for t_ms in (0, 1000, 2000, 3000, 9000)]
    assert places == [(0.0, 0.0), (0.0, 0.0), (2.0, 1.0), (4.0, 2.0), (4.0, 2.0)]
