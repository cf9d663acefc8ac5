"""Asking for a key: patient, at a moment of its own, and with a key pair that lives no longer than it must."""

from itertools import pairwise

from footfall_sensor.asking import AHEAD_MS_MAX, AHEAD_MS_MIN, RETRY_S_MAX, RETRY_S_MIN, Asking
from footfall_sensor.sealing import Opener


def _times(asking: Asking, until_s: float, step_s: float = 0.5) -> list[float]:
    """When a unit that never gets an answer asks."""
    asked, now_s = [], 100.0
    while now_s < 100.0 + until_s:
        if asking.due(round(now_s * 1000), now_s, moving=True):
            asked.append(now_s)
        now_s += step_s
    return asked


def test_who_is_not_answered_asks_less_and_less_often() -> None:
    """After five seconds first, once a minute in the end: a fleet without its collector does not fill the broker."""
    asked = _times(Asking(), 3600)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert gaps[0] == RETRY_S_MIN
    assert all(later >= earlier for earlier, later in pairwise(gaps))
    assert set(gaps[5:]) == {RETRY_S_MAX}
    assert len(asked) < 66


def test_a_wish_for_another_time_goes_out_at_once() -> None:
    """A replay goes from day to day without waiting."""
    asking = Asking()
    assert [asking.due(time_ms, 100.0) for time_ms in (1, 1, 2, 2, 1)] == [True, False, True, False, True]


def test_an_answer_ends_the_wish_and_its_key_pair() -> None:
    """The next ask has another pair, and begins with the short wait again."""
    asking = Asking()
    _times(asking, 600)
    first = asking.opener
    asking.answered()
    assert asking.opener is None
    assert asking.due(5, 5000.0, moving=True)
    assert isinstance(asking.opener, Opener)
    assert asking.opener is not first
    assert not asking.due(6, 5000.0 + RETRY_S_MIN - 1, moving=True)
    assert asking.due(7, 5000.0 + RETRY_S_MIN, moving=True)


def test_what_could_not_be_sent_is_due_again_at_once() -> None:
    asking = Asking()
    assert asking.due(1, 100.0, moving=True)
    asking.unsent()
    assert asking.due(2, 100.1, moving=True)


def test_a_fleet_spreads_its_asks_before_the_turn() -> None:
    """2,500 units: no second gets more than a handful, and each unit keeps to its moment."""
    moments = [Asking().ahead_ms(10**12) for _ in range(2500)]
    assert all(AHEAD_MS_MIN <= moment <= AHEAD_MS_MAX for moment in moments)
    seconds = [moment // 1000 for moment in moments]
    assert max(seconds.count(second) for second in set(seconds)) < 25
    asking = Asking()
    assert len({asking.ahead_ms(10**12) for _ in range(100)}) == 1
    assert len({asking.ahead_ms(10**12 + day) for day in range(100)}) > 50
