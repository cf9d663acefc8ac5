"""Radiotap: where the fields stand, and how much of the header they take."""

import random
import struct

import air
import pytest

from footfall_sensor import radiotap
from footfall_sensor.errors import Malformed
from footfall_sensor.radiotap import Layout


def _words(*words: int) -> bytes:
    return struct.pack(f"<{len(words)}I", *words)


# present words -> Layout, worked out by hand.
LAYOUTS = [
    (_words(0), Layout(-1, -1, -1, 8)),
    (_words(1 << 1), Layout(8, -1, -1, 9)),
    (_words(1 << 3), Layout(-1, 8, -1, 12)),
    (_words(1 << 5), Layout(-1, -1, 8, 9)),
    (_words(1 << 1 | 1 << 3), Layout(8, 10, -1, 14)),  # a byte of padding
    (_words(1 << 1 | 1 << 2 | 1 << 3), Layout(8, 10, -1, 14)),  # and none
    (_words(1 << 0 | 1 << 5), Layout(-1, -1, 16, 17)),
    (_words(air.CHAIN | air.NAMESPACE | 1 << 0 | 1 << 5, 0), Layout(-1, -1, 24, 25)),  # 12 is padded to 16
    (_words(air.CHAIN | air.NAMESPACE | 1 << 5, 1 << 5), Layout(-1, -1, 12, 14)),  # the first of two wins
    (_words(air.CHAIN | air.NAMESPACE | 1 << 3, 1 << 5), Layout(-1, 12, 16, 17)),
    (_words(air.CHAIN | air.VENDOR | 1 << 5, 1 << 1 | 1 << 3), Layout(-1, -1, 12, 13)),
    (_words(air.CHAIN | 1 << 5, 1 << 1 | 1 << 3), Layout(-1, -1, 12, 13)),  # bits 33 and 35 are nobody's
    (_words(1 << 5 | air.TLV), Layout(-1, -1, 8, 9)),
]


@pytest.mark.parametrize(("present", "expected"), LAYOUTS)
def test_fields_stand_where_the_standard_puts_them(present: bytes, expected: Layout) -> None:
    """Bit order, alignment from the header's start, the first namespace's field where several have it."""
    assert expected == radiotap.layout(present)


def test_every_field_moves_what_follows_it_by_its_size() -> None:
    """For 1000 random sets of fields, the end of the layout is the end of the data that was built for them."""
    chance = random.Random(3)
    for _ in range(1000):
        fields = {bit: bytes(air.SIZE[bit]) for bit in chance.sample(sorted(air.SIZE), chance.randint(0, 20))}
        header = air.radiotap((fields, 0))
        assert len(header) == radiotap.layout(header[4:8]).end


@pytest.mark.parametrize("words", range(1, radiotap.WORDS_MAX + 1))
def test_chain_is_read_to_its_last_word(words: int) -> None:
    """As many present words as announce a next one, and the last."""
    header = air.radiotap(*[({}, air.CHAIN)] * (words - 1), ({}, 0))
    assert header[4 : 4 + 4 * words] == radiotap.present_words(header + b"frame")
    assert header[4 : 4 + 4 * words] == radiotap.present_words(header[: 4 + 4 * words]), "with nothing behind it"


@pytest.mark.parametrize("raw", [b"", b"\0" * 4, b"\0" * 7, b"\0" * 4 + b"\xff" * 4, b"\0" * 4 + b"\xff" * 4 * 17])
def test_chain_without_end_is_malformed(raw: bytes) -> None:
    """A chain that leaves the frame, or is longer than any driver's, is refused."""
    with pytest.raises(Malformed):
        radiotap.present_words(raw)


def test_memory_for_layouts_is_bounded() -> None:
    """A flood of different headers does not fill the memory with their layouts."""
    for word in range(1000):
        radiotap.layout(_words(word))
    assert radiotap.layout.cache_info().currsize <= 64
