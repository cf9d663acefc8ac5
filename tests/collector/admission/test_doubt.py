"""A clock that jumps is not believed for a quarter of an hour, whichever way it jumped."""

import pytest

from collector.admission.doubt import DOUBT_S, Doubt

NOW_MS = 1_790_000_000_000
YEAR_MS = 365 * 86_400_000


class Clocks:
    """A clock and the monotonic one, which go together until somebody sets the first."""

    def __init__(self) -> None:
        self.monotonic_s = 50.0
        self.set_by_ms = 0
        self.doubt = Doubt(NOW_MS + 50_000, lambda: self.monotonic_s)

    def pass_s(self, seconds: float) -> bool:
        """Whether the clock is in doubt after so long."""
        self.monotonic_s += seconds
        return self.doubt.about(NOW_MS + int(self.monotonic_s * 1000) + self.set_by_ms)


def test_a_clock_that_goes_as_time_goes_is_believed() -> None:
    """Looked at often or seldom; a correction of seconds is no jump."""
    clocks = Clocks()
    assert not any(clocks.pass_s(seconds) for seconds in (0, 1, 1, 86_400, 0.2))
    clocks.set_by_ms = 30_000
    assert not clocks.pass_s(1)
    assert not clocks.doubt.lasts


@pytest.mark.parametrize("by_ms", [YEAR_MS, -YEAR_MS, 120_000])
def test_a_clock_that_jumps_is_believed_a_quarter_of_an_hour_later(by_ms: int) -> None:
    clocks = Clocks()
    clocks.set_by_ms = by_ms
    assert clocks.pass_s(1)
    assert clocks.pass_s(DOUBT_S - 2)
    assert clocks.doubt.lasts
    assert not clocks.pass_s(3)
    assert not clocks.doubt.lasts


def test_a_clock_that_comes_right_again_has_jumped_again() -> None:
    """From then on it is right, but nobody can know."""
    clocks = Clocks()
    clocks.set_by_ms = YEAR_MS
    clocks.pass_s(DOUBT_S / 2)
    clocks.set_by_ms = 0
    assert clocks.pass_s(1)
    assert clocks.pass_s(DOUBT_S - 2)
