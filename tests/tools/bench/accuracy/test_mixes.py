import struct
from random import Random

import numpy as np
import pytest

from footfall_sensor.captured import Frame
from footfall_sensor.frames import LINK_RADIOTAP
from tools.bench.accuracy.mixes import START_MS, Levels, cast, mix
from tools.bench.accuracy.recordings import Phone, Recording

WINDOW_S = 600
RATES = bytes.fromhex("010402040b16")


def frame(ts_ms: int, mac: bytes, rssi_dbm: int = -20) -> Frame:
    """A probe request on channel 1 with a radiotap header of channel and signal."""
    radiotap = struct.pack("<BBHIHHb", 0, 0, 13, 1 << 3 | 1 << 5, 2412, 0x00A0, rssi_dbm)
    header = struct.pack("<HH6s6s6sH", 0x40, 0, b"\xff" * 6, mac, b"\xff" * 6, 0)
    return Frame(ts_ms, radiotap + header + b"\0\0" + RATES, LINK_RADIOTAP)


def phone(name: str, first_octet: int = 0x02, bursts: int = 20) -> Phone:
    """A burst of three frames every minute, all under one address."""
    mac = bytes((first_octet, *name.encode().ljust(5, b"."))[:6])
    frames = tuple(frame(60_000 * burst + 100 * number, mac) for burst in range(bursts) for number in range(3))
    return Phone(name, (Recording(f"{name}.pcap", frames, -20.0),))


def test_copies_of_a_phone_are_told_apart_by_nothing_but_time_and_level():
    """Two copies share no token, and their class is one."""
    made = mix([phone("one")] * 2, Levels.RECORDED, WINDOW_S, Random(1))
    assert made.devices == 2
    assert not set(made.heard.token[made.device == 0]) & set(made.heard.token[made.device == 1])
    assert len(set(made.heard.model_class)) == 1
    assert set(made.heard.rssi_max_dbm) == {-20.0}


def test_timings_of_a_recording_are_kept():
    """A phone that sends every 60 s does so in the mix."""
    made = mix([phone("one")], Levels.RECORDED, WINDOW_S, Random(5))
    assert set(np.diff(made.heard.first_ms)) == {60_000}
    assert len(made.heard) == 10
    assert ((made.heard.first_ms >= START_MS) & (made.heard.first_ms < START_MS + 1000 * WINDOW_S)).all()


def test_a_short_recording_lies_whole_in_the_window():
    """A phone that sent one burst and no more is heard, at any time."""
    starts = {mix([phone("one", bursts=1)], Levels.RECORDED, WINDOW_S, Random(s)).heard.first_ms[0] for s in range(5)}
    assert len(starts) == 5


@pytest.mark.parametrize(("first_octet", "randomised"), [(0x00, False), (0x02, True)])
def test_an_address_stays_of_its_kind(first_octet, randomised):
    """A global address is replaced by a global one, and lasts as long."""
    made = mix([phone("one", first_octet)], Levels.PLACED, WINDOW_S, Random(1))
    assert made.heard.randomised.tolist() == [randomised] * len(made.heard)
    assert len(set(made.heard.token)) == 1


def test_the_same_seed_gives_the_same_mix():
    """Else no figure could be made again."""
    first, second = (mix([phone("one"), phone("two")], Levels.PLACED, WINDOW_S, Random(4)) for _ in range(2))
    assert first.heard.token.tolist() == second.heard.token.tolist()
    assert first.heard.rssi_max_dbm.tolist() == second.heard.rssi_max_dbm.tolist()


def test_half_of_a_mix_with_copies_are_copies():
    """And without copies all differ, or there is no such mix."""
    phones = [phone(letter) for letter in "abcdefgh"]
    with_copies = cast(phones, 10, True, Random(1))
    assert (len(with_copies), len({found.name for found in with_copies})) == (10, 5)
    assert len({found.name for found in cast(phones, 5, False, Random(1))}) == 5
    assert cast(phones, 10, False, Random(1)) is None
