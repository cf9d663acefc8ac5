"""Channels: their frequencies, and whose turn it is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall_sensor import channels
from footfall_sensor.channels import Hops


@pytest.mark.parametrize(
    ("channel", "mhz"),
    [
        *((1, 2412), (6, 2437), (11, 2462), (13, 2472), (14, 2484)),
        *((36, 5180), (64, 5320), (100, 5500), (144, 5720), (149, 5745), (165, 5825), (177, 5885)),
    ],
)
def test_channel_has_its_frequency(channel: int, mhz: int) -> None:
    """As in the annex of IEEE 802.11."""
    assert mhz == channels.frequency_mhz(channel)


@pytest.mark.parametrize("channel", [0, 15, 34, 35, 38, 68, 96, 98, 145, 148, 150, 181, 200, 999])
def test_number_that_is_no_channel_has_none(channel: int) -> None:
    """0, and not a frequency that somebody would tune to."""
    assert channels.frequency_mhz(channel) == 0


def test_channels_that_matter_most_come_first() -> None:
    """1, 6 and 11 where they are asked for, then the rest in the order given, each once."""
    assert channels.in_order((3, 11, 1, 3, 7)) == (1, 11, 3, 7)
    assert channels.in_order((36, 6)) == (6, 36)


def test_every_channel_has_its_turn() -> None:
    """One after the other, each for the dwell, and from the beginning again."""
    hops = Hops((1, 6, 11), 250)
    seen = [(now_ms, channel) for now_ms in range(0, 1001, 50) if (channel := hops.next(now_ms))]
    assert seen == [(0, 1), (250, 6), (500, 11), (750, 1), (1000, 6)]
    assert hops.cycle_ms == 750


def test_only_channel_is_gone_to_once() -> None:
    """A radio with one channel stays there, until it may have forgotten."""
    hops = Hops((6,), 250)
    assert [hops.next(now_ms) for now_ms in (0, 250, 10_000)] == [6, None, None]
    hops.again()
    assert hops.next(10_001) == 6


@given(st.lists(st.integers(1, 14), min_size=2, unique=True), st.lists(st.integers(0, 2000), min_size=50, max_size=99))
def test_late_calls_skip_no_channel_and_shorten_no_stay(chosen: list[int], waits_ms: list[int]) -> None:
    """However irregularly it is asked, the order is kept and no stay is shorter than the dwell."""
    hops, now_ms, seen = Hops(tuple(chosen), 250), 0, []
    for wait_ms in waits_ms:
        now_ms += wait_ms
        channel = hops.next(now_ms)
        if channel is not None:
            seen.append((now_ms, channel))
    assert [channel for _, channel in seen] == [chosen[place % len(chosen)] for place in range(len(seen))]
    assert all(after - before >= 250 for (before, _), (after, _) in pairwise(seen))


def test_channel_that_the_radio_does_not_know_is_left_out() -> None:
    """The others go on, and with none left there is nothing to do."""
    hops = Hops((1, 6), 250)
    assert hops.next(0) == 1
    hops.without(1)
    assert hops.next(250) == 6
    hops.without(6)
    assert hops.next(500) is None
