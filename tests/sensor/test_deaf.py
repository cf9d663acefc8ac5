"""Deaf or quiet: a radio that works is never called deaf, and one that does not is found out."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footfall_sensor import deaf
from footfall_sensor.deaf import BACKOFF_S_MAX, KICKS_BEFORE_DEAF, NEVER_S, SILENCE_S_MAX, Hearing, Watch

HOUR_S = 3600
DAY_S = 24 * HOUR_S
OPENING_S = 10 * HOUR_S
WEEK_S = 7 * DAY_S


class Place:
    """A place and a radio in it, second by second. `air(second)` gives frames and beacons heard in that second."""

    def __init__(self, air: Callable[[int], tuple[int, int]], beacons: str = "auto", cycle_s: float = 0.75) -> None:
        self.air = air
        self.watch = Watch(float(OPENING_S), beacons)
        self.cycle_s = cycle_s
        self.second = OPENING_S  # a unit is mounted while somebody is there
        self.dead = False
        self.kicks: list[int] = []
        self.states: list[tuple[int, Hearing]] = [(OPENING_S, Hearing.LISTENING)]

    def run(self, seconds: int, timed: bool = True) -> None:
        for _ in range(seconds):
            self.second += 1
            frames, beacons = (0, 0) if self.dead else self.air(self.second)
            counted = beacons if self.watch.wants_beacons else 0
            hour = self.second // HOUR_S % 168 if timed else None
            if self.watch.heard(float(self.second), frames, counted, hour, self.cycle_s):
                self.kicks.append(self.second)
            if self.watch.hearing is not self.states[-1][1]:
                self.states.append((self.second, self.watch.hearing))

    def said(self) -> list[Hearing]:
        return [state for _, state in self.states]


def _phones(a_second: float, seed: int = 1) -> Callable[[], int]:
    """Bursts that come by chance, five frames each."""
    chance = random.Random(seed)
    return lambda: 5 if chance.random() < a_second else 0


def test_radio_that_hears_is_left_alone() -> None:
    """Phones by day and beacons all the time: no kick in a week, and no state but one."""
    phones = _phones(0.1)
    place = Place(lambda second: (phones() if second % DAY_S < 12 * HOUR_S else 0, 3))
    place.run(WEEK_S // 7)
    assert (place.kicks, place.said()) == ([], [Hearing.LISTENING])


def test_beacons_are_asked_for_only_while_nothing_else_is_heard() -> None:
    """They cost something: after the first minute not while phones are heard every few seconds."""
    place = Place(lambda second: (1 if second % 5 == 0 else 0, 3))
    place.run(61)
    asked = 0
    for _ in range(600):
        place.run(1)
        asked += place.watch.wants_beacons
    assert asked == 0
    quiet = Place(lambda _second: (0, 3))
    quiet.run(61)
    asked = 0
    for _ in range(600):
        quiet.run(1)
        asked += quiet.watch.wants_beacons
    assert 0 < asked < 120  # a heartbeat, one second in ten


@pytest.mark.parametrize("beacons", ["auto", "on"])
@pytest.mark.parametrize("cycle_s", [0.0, 0.75, 3.25])
def test_radio_that_goes_deaf_among_access_points_is_found_out_within_a_minute(beacons: str, cycle_s: float) -> None:
    """Kicked first; then it is called deaf, after half a minute of nothing."""
    phones = _phones(0.2)
    place = Place(lambda _second: (phones(), 3), beacons, cycle_s)
    place.run(1000)
    place.dead = True
    place.run(60)
    assert place.said() == [Hearing.LISTENING, Hearing.KICKED, Hearing.DEAF]
    assert place.states[-1][0] - OPENING_S - 1000 <= (40 if cycle_s < 3 else 60)
    assert len(place.kicks) >= KICKS_BEFORE_DEAF


def test_kick_that_helps_ends_the_matter() -> None:
    """Heard again after the first kick: it listens, and was never deaf."""
    place = Place(lambda _second: (0, 3))
    place.run(100)
    place.dead = True
    while not place.kicks:
        place.run(1)
    place.dead = False
    place.run(30)
    assert place.said() == [Hearing.LISTENING, Hearing.KICKED, Hearing.LISTENING]
    assert len(place.kicks) == 1


def test_deaf_radio_is_kicked_ever_more_seldom_and_heals_at_the_first_sign() -> None:
    """A kick costs a second of listening: after a day it is one an hour. One frame is enough to be believed."""
    place = Place(lambda _second: (0, 3))
    place.run(100)
    place.dead = True
    place.run(DAY_S)
    gaps = [after - before for before, after in zip(place.kicks, place.kicks[1:], strict=False)]
    assert gaps == sorted(gaps)
    assert gaps[-1] == BACKOFF_S_MAX
    assert len(place.kicks) < 35
    assert place.said()[-1] is Hearing.DEAF
    place.dead = False
    place.run(1)
    assert place.said()[-1] is Hearing.LISTENING


def test_access_points_that_are_gone_for_good_are_unlearnt() -> None:
    """Phones are heard and no beacon beside them: beacons are no witness here any more, and silence is no alarm."""
    place = Place(lambda second: (0, 3) if second < OPENING_S + 100 else (1 if second % 400 == 0 else 0, 0))
    place.run(2 * HOUR_S)
    place.kicks.clear()
    place.run(10 * HOUR_S)
    assert place.kicks == []


def test_shop_without_access_points_is_quiet_at_night_and_on_sundays() -> None:
    """Three weeks of opening hours without one beacon: nothing but listening and quiet is ever said."""
    phones = _phones(0.05)

    def air(second: int) -> tuple[int, int]:
        day, hour = second // DAY_S % 7, second % DAY_S // HOUR_S
        return (phones() if day != 6 and 10 <= hour < 20 else 0), 0

    place = Place(air)
    place.run(8 * DAY_S)  # up to the second Monday
    assert set(place.said()) == {Hearing.LISTENING, Hearing.QUIET}
    assert place.kicks == []


def test_without_access_points_a_week_teaches_what_to_expect() -> None:
    """The second Wednesday noon is as busy as the first: silence then is found out within the hour, at night never."""
    phones = _phones(0.05)
    place = Place(lambda second: (phones() if 10 <= second % DAY_S // HOUR_S < 20 else 0, 0))
    place.run(WEEK_S + 2 * DAY_S + 2 * HOUR_S)
    assert place.kicks == []
    place.dead = True
    place.run(HOUR_S)
    assert place.said()[-1] is Hearing.DEAF


def test_hour_that_was_never_heard_says_nothing() -> None:
    """The first evening after a busy day: nobody knows yet what this hour is like."""
    phones = _phones(0.2)
    place = Place(lambda second: (phones() if second < 20 * HOUR_S else 0, 0))
    place.run(20 * HOUR_S)
    assert place.kicks == []
    assert place.said()[-1] is Hearing.QUIET


def test_no_place_is_silent_for_longer_than_a_weekend() -> None:
    """Without beacons, without a clock, without a habit: after the longest weekend it is looked into."""
    place = Place(lambda second: (1 if second < OPENING_S + 100 else 0, 0), beacons="off")
    place.run(int(SILENCE_S_MAX) + 200, timed=False)
    assert place.said()[-1] is Hearing.DEAF


@pytest.mark.parametrize(("beacons", "within_s"), [("auto", NEVER_S), ("on", NEVER_S), ("off", 3600)])
def test_radio_that_never_heard_anything_is_deaf_soon(beacons: str, within_s: float) -> None:
    """Whoever mounts a unit with a broken antenna is still there when it says so."""
    place = Place(lambda _second: (0, 0), beacons)
    place.run(int(within_s) + 30)
    assert place.said()[-2:] == [Hearing.KICKED, Hearing.DEAF]


def test_interface_that_was_away_is_judged_anew() -> None:
    """Nothing was heard while it was gone: that is no silence."""
    place = Place(lambda _second: (0, 3))
    place.run(100)
    place.dead = True
    place.run(8)
    place.watch.restart(float(place.second))
    place.dead = False
    place.run(100)
    assert place.kicks == []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_is_heard_the_words_fit(seed: int) -> None:
    """Over any weather: a sign means listening at once, no more kicks than the back-off allows, and deaf only after
    a silence that was looked into."""
    chance = random.Random(seed)
    weather = {"frames": 0.0, "beacons": 0.0}

    def air(second: int) -> tuple[int, int]:
        if second % 300 == 0:
            weather.update(frames=chance.choice((0, 0, 0.01, 0.3)), beacons=chance.choice((0, 0, 1.0)))
        return int(chance.random() < weather["frames"]), int(chance.random() < weather["beacons"])

    place = Place(air, chance.choice(("auto", "on", "off")), chance.choice((0.0, 0.75, 6.0)))
    last_sign = place.second
    for _ in range(2 * HOUR_S):
        kicks, asked = len(place.kicks), place.watch.wants_beacons
        place.run(1)
        if place.watch._sign_s == place.second:
            last_sign = place.second
            assert place.watch.hearing is Hearing.LISTENING
        if len(place.kicks) > kicks:
            assert place.second - last_sign >= deaf.LULL_S
            assert asked or place.watch.beacons == "off"
    assert len(place.kicks) < 520  # even weather that changes every five minutes leads to no storm
    assert (Hearing.DEAF not in place.said()) or len(place.kicks) > KICKS_BEFORE_DEAF
