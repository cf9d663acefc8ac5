"""What every capture format gives, and how it says that it cannot go on."""

from typing import BinaryIO, NamedTuple

from .frames import LINK_IEEE802_11, LINK_RADIOTAP, LINK_TYPES

FRAME_BYTES_MAX = 256 << 10  # snap lengths end at 262,144; a larger record is damage
LINK_NAMES = {
    0: "loopback",
    1: "Ethernet",
    113: "Linux cooked",
    119: "Prism",
    163: "AVS",
    192: "PPI",
    276: "Linux cooked v2",
}


class Frame(NamedTuple):
    """One captured frame; ts_ms is UTC milliseconds by the capturing machine's clock."""

    ts_ms: int
    raw: bytes
    link_type: int


class Truncated(Exception):
    """The stream ended where a record should have gone on."""


class Unreadable(Exception):
    """The stream cannot be read on; the text goes on after the file's name."""


def exactly(stream: BinaryIO, size: int) -> bytes:
    """The next `size` bytes. Raises Truncated where there are fewer."""
    data = stream.read(size)
    if len(data) != size:
        raise Truncated
    return data


def check_link(link_type: int) -> None:
    """Raise Unreadable unless frames of this link type can be parsed."""
    if link_type not in LINK_TYPES:
        name = LINK_NAMES.get(link_type, "other")
        raise Unreadable(
            f"holds {name} frames (link type {link_type}). Footfall reads 802.11 captures: radiotap ({LINK_RADIOTAP}) "
            f"or bare 802.11 ({LINK_IEEE802_11}); capture on an interface in monitor mode"
        )
