"""The inside level: two humps where there are two, nothing where there is one, and what a walk says."""

import numpy as np

from collector.premises import inside


def levels(*humps: tuple[float, float, int]) -> np.ndarray:
    draw = np.random.default_rng(1)
    return np.concatenate([draw.normal(middle, sd, count) for middle, sd, count in humps]).round()


def test_the_level_lies_in_the_valley_between_two_humps() -> None:
    found = inside.from_humps(levels((-52, 4, 150), (-78, 5, 400)), -70)
    assert found.dbm is not None
    assert -68 <= found.dbm <= -60
    assert found.give_or_take_db is not None
    assert found.give_or_take_db < 2
    assert found.louder is not None
    assert found.louder_now is not None
    assert found.louder < found.louder_now


def test_one_hump_is_said_and_nothing_proposed() -> None:
    for one in (
        levels((-70, 8, 500)),
        levels((-68, 7, 300), (-74, 7, 300)),
        -45 - np.random.default_rng(2).exponential(9, 500),
    ):
        found = inside.from_humps(np.clip(one, -90, -20), -65)
        assert found.dbm is None
        assert "no two humps" in found.says


def test_a_handful_of_devices_shows_no_humps() -> None:
    found = inside.from_humps(levels((-50, 3, 20), (-80, 3, 20)), -65)
    assert (found.dbm, "50 are wanted" in found.says) == (None, True)


def test_a_walk_says_which_level_tells_inside_from_outside() -> None:
    heard, there = levels((-55, 6, 40), (-75, 6, 60)), np.arange(100) < 40
    found = inside.from_walk(heard, there, -80)
    assert found.dbm is not None
    assert -70 <= found.dbm <= -60
    assert found.right is not None
    assert found.right_now is not None
    assert found.right > 0.9
    assert found.right_now < 0.7


def test_a_walk_that_no_level_can_tell_is_said() -> None:
    found = inside.from_walk(levels((-70, 6, 200)), np.arange(200) % 2 == 0, -65)
    assert (found.dbm, "hang the sensor elsewhere" in found.says) == (None, True)
    assert inside.from_walk(levels((-70, 6, 20)), np.arange(20) < 5, -65).dbm is None
