from itertools import count

import pytest

from tools.bench.measure import Contender, interleaved


class FakeClock:
    """A clock that moves only when somebody works."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_contenders_take_turns_after_an_unmeasured_round():
    """Each contender runs once a round, in order, and once before anything is measured."""
    ran: list[str] = []
    contenders = [Contender(name, lambda name=name: ran.append(name), 1) for name in "abc"]
    ticks = count()
    interleaved(contenders, 2, FakeClock(), lambda: next(ticks))
    assert "".join(ran) == "abcabcabc"
    assert next(ticks) == 3


def test_the_median_of_the_rounds_counts_and_is_per_item():
    """One slow round, and the slow first one, leave the figure as it is."""
    clock = FakeClock()
    costs_s = iter((9.0, 0.002, 0.002, 5.0))

    def work() -> None:
        clock.now_s += next(costs_s)

    (timing,) = interleaved([Contender("one", work, 1000)], 3, clock, lambda: None)
    assert (timing.us_median, timing.us_best) == (pytest.approx(2.0), pytest.approx(2.0))


@pytest.mark.parametrize(("rounds", "items"), [(0, 1), (1, 0)])
def test_nothing_to_measure_is_refused(rounds, items):
    """Neither no round nor no item gives a figure."""
    with pytest.raises(ValueError, match="at least one"):
        interleaved([Contender("one", lambda: None, items)], rounds, FakeClock(), lambda: None)
