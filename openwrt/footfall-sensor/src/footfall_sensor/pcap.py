"""pcap files: a header, then records of time and bytes. Format: draft-ietf-opsawg-pcap."""

from collections.abc import Iterator
from struct import Struct
from typing import BinaryIO

from .captured import FRAME_BYTES_MAX, Frame, Truncated, Unreadable, check_link, exactly

MAGICS = {  # first four bytes -> (byte order, fractions of a second)
    b"\xd4\xc3\xb2\xa1": ("<", 1_000_000),
    b"\xa1\xb2\xc3\xd4": (">", 1_000_000),
    b"\x4d\x3c\xb2\xa1": ("<", 1_000_000_000),
    b"\xa1\xb2\x3c\x4d": (">", 1_000_000_000),
}


def frames(stream: BinaryIO, magic: bytes) -> Iterator[Frame]:
    """The frames of a pcap stream whose four magic bytes have been read. Raises Truncated or Unreadable."""
    order, fractions = MAGICS[magic]
    *_, link = Struct(order + "HHiIII").unpack(exactly(stream, 20))
    link_type = link & 0xFFFF  # the upper half may say how long the FCS is
    header = Struct(order + "IIII")
    per_ms = fractions // 1000
    while head := stream.read(16):
        if len(head) != 16:
            raise Truncated
        check_link(link_type)  # only now: a capture without frames is of no wrong type
        seconds, fraction, kept, _ = header.unpack(head)
        if kept > FRAME_BYTES_MAX:
            raise Unreadable(f"is damaged: a record claims {kept} bytes. Copy the file again")
        yield Frame(seconds * 1000 + fraction // per_ms, exactly(stream, kept), link_type)
