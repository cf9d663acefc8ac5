"""What is heard in the lab: the frames of a capture, as they came or in groups of a wanted number of addresses."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from footfall_sensor import capture

_ADDRESS = slice(10, 16)  # within the 802.11 header


def frames(path: Path) -> list[bytes]:
    """The capture's frames."""
    return [frame.raw for frame in capture.read(path)]


def crowds(heard: list[bytes], addresses: int) -> Iterator[list[bytes]]:
    """The frames in their order, cut so that each part holds this many addresses; a smaller rest is left out."""
    part, seen = list[bytes](), set[bytes]()
    for raw in heard:
        address = address_of(raw)
        if address not in seen and len(seen) == addresses:
            yield part
            part, seen = [], set()
        seen.add(address)
        part.append(raw)
    if len(seen) == addresses:
        yield part


def thinned(heard: Iterable[list[bytes]], most: int) -> Iterator[list[bytes]]:
    """The same crowds with at most so many frames of an address in each."""
    for crowd in heard:
        seen: Counter[bytes] = Counter()
        kept = []
        for raw in crowd:
            seen[address_of(raw)] += 1
            if seen[address_of(raw)] <= most:
                kept.append(raw)
        yield kept


def address_of(raw: bytes) -> bytes:
    """Whose frame it is."""
    return raw[raw[2] | raw[3] << 8 :][_ADDRESS]
